//go:build e2e && linux

package e2e

import (
	"flag"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"testing"

	"faultline/platform/linux/netlab"
)

var (
	recordTo = flag.String("record", "", "write the calls of each story below this folder")
	accuracy = flag.Bool("accuracy", false, "write docs/ACCURACY.md")
	only     = flag.String("story", "", "run the stories whose name holds one of these, set apart by |")
	// The first world of a story is shown to root and to an ordinary user, the
	// others to one of them.
	draws    = flag.Int("draws", 5, "in how many worlds each story is told")
	scale    = flag.Float64("scale", 1, "the size of the captures of the bench, 1: as in docs/PERFORMANCE.md")
	cluttery = flag.Bool("clutter", false, "run every story with clutter too, rather than a random part")
)

// seedEnv fixes what is drawn.
const seedEnv = "FAULTLINE_SEED"

// binEnv names a program to test instead of building one.
const binEnv = "FAULTLINE_BIN"

var (
	program string // the program under test
	seed    uint64 // from which every world draws
)

func TestMain(m *testing.M) {
	netlab.Main()
	if order := os.Getenv(hoardEnv); order != "" {
		hoard(order)
	}
	flag.Parse()
	// A world waits more than it works. More of them at once disturb each other's
	// clocks.
	_ = flag.Set("test.parallel", strconv.Itoa(4*runtime.NumCPU()))
	os.Exit(run(m))
}

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "faultline-e2e-")
	if err != nil {
		fmt.Println("making a folder:", err)
		return 1
	}
	defer os.RemoveAll(dir)
	if program, err = built(dir); err != nil {
		fmt.Println(err)
		return 1
	}
	seed = rand.Uint64()
	if text := os.Getenv(seedEnv); text != "" {
		if seed, err = strconv.ParseUint(text, 10, 64); err != nil {
			fmt.Println("reading "+seedEnv+":", err)
			return 1
		}
	}
	fmt.Printf("%s=%d\n", seedEnv, seed)
	return m.Run()
}

// built returns the program, made as it is shipped.
func built(dir string) (string, error) {
	if p := os.Getenv(binEnv); p != "" {
		return filepath.Abs(p)
	}
	out := filepath.Join(dir, "faultline")
	cmd := exec.Command("go", "build", "-trimpath", "-tags", "headless", "-o", out, "faultline")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if text, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("building the program: %w: %s", err, text)
	}
	return out, nil
}

// seedOf draws a story's own seed, so that running one story alone draws the
// same world.
func seedOf(name string, draw int) uint64 {
	h := fnv.New64a()
	fmt.Fprintf(h, "%d %s %d", seed, name, draw)
	return h.Sum64()
}
