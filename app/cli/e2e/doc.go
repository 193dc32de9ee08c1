// Package e2e holds the end-to-end suite and the bench: the real program, in
// networks that platform/linux/netlab makes, against one fault at a time and
// beside it the healthy twin that differs in one fact. It has no code of its
// own outside tests and never touches the network of the machine itself.
package e2e
