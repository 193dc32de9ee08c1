package linux

import (
	"fmt"
	"os/exec"
	"strconv"

	"golang.org/x/sys/unix"
)

// Wireshark returns how a capture is opened in Wireshark at a packet (counted
// from 1), showing what a display filter selects; nil where it is not installed.
// The program that is started outlives this one.
func Wireshark() func(file, filter string, frame int) error {
	path, err := exec.LookPath("wireshark")
	if err != nil {
		return nil
	}
	return func(file, filter string, frame int) error {
		cmd := exec.Command(path, "-r", file, "-Y", filter, "-g", strconv.Itoa(frame))
		cmd.SysProcAttr = &unix.SysProcAttr{Setpgid: true} // Ctrl+C in our terminal is not meant for it
		if err := cmd.Start(); err != nil {
			return fmt.Errorf("starting Wireshark: %w", err)
		}
		go func() { _ = cmd.Wait() }()
		return nil
	}
}
