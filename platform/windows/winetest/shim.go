// Command winetest writes to standard output the one DLL that programs of Go
// need and Wine before 9 has not: bcryptprimitives.dll with ProcessPrng, which
// the runtime asks for random numbers before main. It is for tests under Wine
// on amd64; it is never in a program and never shipped.
package main

import (
	"encoding/binary"
	"fmt"
	"os"
)

func main() {
	if _, err := os.Stdout.Write(shim()); err != nil {
		fmt.Fprintln(os.Stderr, "writing the DLL:", err)
		os.Exit(1)
	}
}

// The layout of the DLL. RVAs are addresses relative to the image's base.
const (
	base     = 0x180000000
	page     = 0x1000 // alignment of sections in memory
	sector   = 0x200  // alignment of sections in the file
	codeRVA  = 0x1000
	exports  = 0x2000 // RVA of the export directory
	tables   = exports + 40
	image    = 0x3000
	peHeader = 0x80
)

// prng is BOOL ProcessPrng(PBYTE pbData, SIZE_T cbData) for amd64.
var prng = []byte{
	0x48, 0x85, 0xD2, //                          test rdx, rdx
	0x74, 0x10, //                                jz   end
	0x48, 0x0F, 0xC7, 0xF0, //              next: rdrand rax
	0x73, 0xFA, //                                jnc  next
	0x88, 0x01, //                                mov  [rcx], al
	0x48, 0xFF, 0xC1, //                          inc  rcx
	0x48, 0xFF, 0xCA, //                          dec  rdx
	0x75, 0xF0, //                                jnz  next
	0xB8, 0x01, 0x00, 0x00, 0x00, //         end: mov  eax, 1
	0xC3, //                                      ret
}

// shim returns the DLL: headers, then .text and .edata of one sector each. The
// layout is that of "PE Format" (learn.microsoft.com/windows/win32/debug/pe-format).
func shim() []byte {
	b := make([]byte, 0, 3*sector)
	b = append(b, headers()...)
	b = append(padded(b, sector), prng...)
	b = append(padded(b, 2*sector), exportTable()...)
	return padded(b, 3*sector)
}

func padded(b []byte, to int) []byte { return append(b, make([]byte, to-len(b))...) }

func headers() []byte {
	le := binary.LittleEndian
	b := padded([]byte("MZ"), 0x3C)
	b = padded(le.AppendUint32(b, peHeader), peHeader)
	b = append(b, "PE\x00\x00"...)
	b = append(b, fileHeader()...)
	b = append(b, optionalHeader()...)
	b = append(b, section(".text", len(prng), codeRVA, sector, 0x60000020)...) // code, execute, read
	return append(b, section(".edata", page, exports, 2*sector, 0x40000040)...)
}

// fileHeader is IMAGE_FILE_HEADER: x86-64, two sections, a DLL that may lie
// anywhere.
func fileHeader() []byte {
	b := fields16(0x8664, 2)
	b = append(b, make([]byte, 12)...) // time stamp, symbols
	return append(b, fields16(240, 0x2022)...)
}

// optionalHeader is IMAGE_OPTIONAL_HEADER64 with its sixteen directories, the
// first of which is the export table. There is no entry point.
func optionalHeader() []byte {
	le := binary.LittleEndian
	b := fields16(0x20B, 0)
	b = append(b, fields32(sector, sector, 0, 0, codeRVA)...)
	b = le.AppendUint64(b, base)
	b = append(b, fields32(page, sector)...)
	b = append(b, fields16(6, 0, 0, 0, 6, 0)...) // versions: system, image, subsystem
	b = append(b, fields32(0, image, sector, 0)...)
	b = append(b, fields16(2, 0)...)
	for _, size := range []uint64{1 << 20, page, 1 << 20, page} { // stack and heap
		b = le.AppendUint64(b, size)
	}
	b = append(b, fields32(0, 16, exports, 0x80)...)
	return append(b, make([]byte, 15*8)...)
}

// section is IMAGE_SECTION_HEADER of a section that fills one sector.
func section(name string, size, rva, at int, flags uint32) []byte {
	b := padded([]byte(name), 8)
	b = append(b, fields32(uint32(size), uint32(rva), sector, uint32(at))...)
	b = append(b, make([]byte, 12)...) // relocations, line numbers
	return append(b, fields32(flags)...)
}

// exportTable is IMAGE_EXPORT_DIRECTORY with its tables of addresses, names and
// ordinals, of one entry each, and the two names.
func exportTable() []byte {
	const dll, function = "bcryptprimitives.dll\x00", "ProcessPrng\x00"
	const names = tables + 4 + 4 + 2
	b := fields32(0, 0, 0, names, 1, 1, 1, tables, tables+4, tables+8)
	b = append(b, fields32(codeRVA, names+uint32(len(dll)))...)
	b = append(b, fields16(0)...)
	return append(b, dll+function...)
}

func fields16(values ...uint16) []byte {
	var b []byte
	for _, v := range values {
		b = binary.LittleEndian.AppendUint16(b, v)
	}
	return b
}

func fields32(values ...uint32) []byte {
	var b []byte
	for _, v := range values {
		b = binary.LittleEndian.AppendUint32(b, v)
	}
	return b
}
