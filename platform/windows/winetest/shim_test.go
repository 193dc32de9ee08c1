package main

import (
	"bytes"
	"debug/pe"
	"encoding/binary"
	"testing"
)

// at returns what a section holds from an RVA on.
func at(t *testing.T, f *pe.File, rva uint32) []byte {
	t.Helper()
	for _, s := range f.Sections {
		if rva < s.VirtualAddress || rva >= s.VirtualAddress+s.Size {
			continue
		}
		data, err := s.Data()
		if err != nil {
			t.Fatal(err)
		}
		return data[rva-s.VirtualAddress:]
	}
	t.Fatalf("got no section with RVA %#x", rva)
	return nil
}

func name(t *testing.T, f *pe.File, rva uint32) string {
	t.Helper()
	s, _, _ := bytes.Cut(at(t, f, rva), []byte{0})
	return string(s)
}

func TestShimIsADLLForAMD64(t *testing.T) {
	f, err := pe.NewFile(bytes.NewReader(shim()))
	if err != nil {
		t.Fatal(err)
	}
	if f.Machine != pe.IMAGE_FILE_MACHINE_AMD64 || f.Characteristics&pe.IMAGE_FILE_DLL == 0 {
		t.Errorf("got machine %#x, characteristics %#x, want a DLL for amd64", f.Machine, f.Characteristics)
	}
	o, ok := f.OptionalHeader.(*pe.OptionalHeader64)
	if !ok {
		t.Fatalf("got optional header %T, want PE32+", f.OptionalHeader)
	}
	if o.AddressOfEntryPoint != 0 || o.SizeOfImage != image {
		t.Errorf("got entry point %#x, size of image %#x, want none, %#x", o.AddressOfEntryPoint, o.SizeOfImage, image)
	}
}

func TestShimExportsProcessPrng(t *testing.T) {
	f, err := pe.NewFile(bytes.NewReader(shim()))
	if err != nil {
		t.Fatal(err)
	}
	table := f.OptionalHeader.(*pe.OptionalHeader64).DataDirectory[pe.IMAGE_DIRECTORY_ENTRY_EXPORT].VirtualAddress
	directory := at(t, f, table)
	field := func(offset int) uint32 { return binary.LittleEndian.Uint32(directory[offset:]) }
	entry := func(offset int) uint32 { return binary.LittleEndian.Uint32(at(t, f, field(offset))) }
	if got := name(t, f, field(12)); got != "bcryptprimitives.dll" {
		t.Errorf("got DLL %q, want bcryptprimitives.dll", got)
	}
	if got := name(t, f, entry(32)); got != "ProcessPrng" {
		t.Errorf("got export %q, want ProcessPrng", got)
	}
	if got := at(t, f, entry(28)); !bytes.HasPrefix(got, prng) {
		t.Errorf("got % x at the export, want % x", got[:len(prng)], prng)
	}
}
