package native

import (
	"context"
	"slices"
	"testing"

	"faultline/platform"
	"faultline/platform/platformtest"
)

func TestContract(t *testing.T) { platformtest.Run(t, Host()) }

func TestMechanisms(t *testing.T) {
	rows, err := Host().System.Mechanisms(context.Background(), platform.Reading{})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, m := range rows {
		got = append(got, m.Method)
		if m.State == platform.MechanismWorks && m.Via == "" {
			t.Errorf("%s works, by an unknown mechanism", m.Method)
		}
	}
	if !slices.Equal(got, methods) {
		t.Errorf("got rows %v want %v", got, methods)
	}
}

func TestGetenv(t *testing.T) {
	t.Setenv("LANG", "")
	t.Setenv("LC_ALL", "")
	if got, want := Getenv("LANG"), language(); got != want {
		t.Errorf("nothing set: got %q, want the system's %q", got, want)
	}
	if got := Getenv("LC_ALL"); got != "" {
		t.Errorf("another variable: got %q, want none", got)
	}
	t.Setenv("LANG", "zh_CN.UTF-8")
	if got := Getenv("LANG"); got != "zh_CN.UTF-8" {
		t.Errorf("set: got %q, want what is set", got)
	}
}
