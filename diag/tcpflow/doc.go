// Package tcpflow follows TCP connections through batches of packets: who
// opened them, how they ended, and what went wrong on the way, with
// Wireshark's meanings for every count.
//
// It never judges who is to blame (package reset does), and never opens a
// file.
package tcpflow
