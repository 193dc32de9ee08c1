package linux

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"golang.org/x/sys/unix"

	"faultline/platform"
)

const (
	logPatience = 2 * time.Second
	maxJournal  = 1 << 20
	maxTail     = 256 << 10
)

// journalPaths are where systemd's own reader of its journal is; PATH is not
// searched.
var journalPaths = []string{"/usr/bin/journalctl", "/bin/journalctl"}

// logFiles are where the programs of logPrograms write by way of a syslog
// daemon.
var logFiles = []string{"/var/log/daemon.log", "/var/log/syslog", "/var/log/messages"}

// journalDirs hold a journal, where there is one (systemd-journald(8)).
var journalDirs = []string{"/run/log/journal", "/var/log/journal"}

type logs struct{}

// Recent reads the journal, or the first log file that there is.
func (logs) Recent(ctx context.Context, _ platform.Reading) (platform.LogFacts, error) {
	if err := ended(ctx); err != nil {
		return platform.LogFacts{}, err
	}
	now := time.Now()
	r := logReader{since: now.Add(-logWindow)}
	if path := journalPath(); path != "" {
		ctx, cancel := context.WithTimeout(ctx, logPatience)
		defer cancel()
		out, err := journalctl(ctx, path)
		if err != nil {
			return platform.LogFacts{Via: "journal"}, err
		}
		r.journal(out)
		return platform.LogFacts{Via: "journal", Window: logWindow, Entries: r.entries}, nil
	}
	path, err := logFile()
	if err != nil {
		return platform.LogFacts{}, err
	}
	b, err := tail(path)
	if err != nil {
		return platform.LogFacts{Via: path}, fmt.Errorf("reading the system's log: %w", problem(err))
	}
	r.file(b, now)
	return platform.LogFacts{Via: path, Window: logWindow, Entries: r.entries}, nil
}

// journalPath is the journal's reader, "" where there is no journal to read.
func journalPath() string {
	for _, dir := range journalDirs {
		if entries, err := os.ReadDir(dir); err != nil || len(entries) == 0 {
			continue
		}
		for _, path := range journalPaths {
			if unix.Access(path, unix.X_OK) == nil {
				return path
			}
		}
	}
	return ""
}

// journalctl asks for the newest lines of the programs that set up a network.
func journalctl(ctx context.Context, path string) ([]byte, error) {
	args := []string{"--quiet", "--no-pager", "--output=json", "--since=-15min", "--lines=2000",
		"--output-fields=MESSAGE,SYSLOG_IDENTIFIER"}
	for _, p := range logPrograms {
		args = append(args, "--identifier="+p)
	}
	out, err := output(ctx, maxJournal, path, args...)
	if stop := ended(ctx); stop != nil && err != nil {
		return out, stop
	}
	if err != nil {
		return out, fmt.Errorf("running journalctl: %w", problem(err))
	}
	return out, nil
}

// logFile is the first log file that may be read.
func logFile() (string, error) {
	denied := false
	for _, path := range logFiles {
		switch err := unix.Access(path, unix.R_OK); {
		case err == nil:
			return path, nil
		case errors.Is(err, unix.EACCES):
			denied = true
		}
	}
	if denied {
		return "", &platform.Problem{Code: platform.Permission, Text: "the system's log may not be read"}
	}
	return "", &platform.Problem{Code: platform.NoMechanism, Text: "no journal and no log file here"}
}

// tail reads the end of a file.
func tail(path string) ([]byte, error) {
	f, err := openFile(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if size, err := f.Seek(0, io.SeekEnd); err == nil {
		_, err = f.Seek(max(0, size-maxTail), io.SeekStart)
		if err != nil {
			return nil, err
		}
	}
	return io.ReadAll(io.LimitReader(f, maxTail))
}

func logMechanism() platform.Mechanism {
	m := platform.Mechanism{Method: "logs.recent", Via: "journalctl", State: platform.MechanismWorks, Tried: platform.TriedDecode}
	if journalPath() != "" {
		return m
	}
	path, err := logFile()
	switch m.Via = path; {
	case errors.Is(err, platform.ErrPermission):
		m.State, m.Needs = platform.MechanismDenied, "the right to read the system's log"
	case err != nil:
		m.State, m.Needs = platform.MechanismMissing, "a journal of systemd, or a log file"
	}
	return m
}
