//go:build e2e && linux

package e2e

import "testing"

func record(t *testing.T, dir string, s story, r told, target string) {}
