package windows

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
)

// Wireshark returns how a capture is opened in Wireshark at a packet (counted
// from 1), showing what a display filter selects; nil where it is not installed.
// The program that is started outlives this one.
func Wireshark() func(file, filter string, frame int) error {
	path, err := exec.LookPath(filepath.Join(os.Getenv("ProgramFiles"), "Wireshark", "Wireshark.exe"))
	if err != nil {
		return nil
	}
	return func(file, filter string, frame int) error {
		cmd := exec.Command(path, "-r", file, "-Y", filter, "-g", strconv.Itoa(frame))
		if err := cmd.Start(); err != nil {
			return fmt.Errorf("starting Wireshark: %w", err)
		}
		go func() { _ = cmd.Wait() }()
		return nil
	}
}
