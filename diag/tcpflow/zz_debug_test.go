package tcpflow_test
import ("testing";"os";"fmt")
func TestZZ(t *testing.T){ if os.Getenv("ZZ")=="" {t.Skip()}
 for _,sd:=range []uint64{0,5}{ c:=chaos(sd,3000); f:=c.write(t,"x.pcap"); raw,_:=os.ReadFile(f); os.WriteFile(fmt.Sprintf("/tmp/w5/c-ws/chaos%d.pcap",sd),raw,0o600)}}
