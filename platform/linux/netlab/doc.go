//go:build linux

// Package netlab makes small networks out of Linux network namespaces for the
// end-to-end tests and the bench: a client, one to four routers in a row, a
// server and a resolver, with services and faults, everything drawn from one
// printed seed so that nothing can key on an address, a name or a port. It
// never touches the network of the machine itself and must never be imported
// by code that is not a test or a bench.
//
// A test binary that uses it hands its start to the lab first, because the lab
// starts programs inside a namespace by running the test binary again:
//
//	func TestMain(m *testing.M) {
//		netlab.Main()
//		os.Exit(m.Run())
//	}
//
//	func TestExpired(t *testing.T) {
//		w := netlab.New(t, 7, netlab.Options{RTT: 20 * time.Millisecond})
//		w.Serve(netlab.Service{TLS: &netlab.TLS{Cert: netlab.Expired}})
//		w.Clutter(7)
//		cmd := w.Command(t.Context(), netlab.Nobody, bin, "check", "--json", w.URL("https"))
//		out, err := cmd.Output()
//		...
//	}
//
// Faults are methods of World (DisableLink, SilenceGateway, Drop, Reject, …)
// and return what undoes them. The methods of one World are for one goroutine
// at a time; worlds are independent of each other and may live side by side.
// They end with their test; what a killed test leaves behind is removed by the
// next New.
package netlab
