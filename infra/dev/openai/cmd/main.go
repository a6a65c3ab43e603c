// Command cmd serves the OpenAI-compatible test server on a local address.
package main

import (
	"flag"
	"fmt"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/automatelanka/automatelanka/infra/dev/openai"
	"github.com/automatelanka/automatelanka/internal/clock"
)

func main() {
	addr := flag.String("addr", "127.0.0.1:8089", "address to listen on")
	flag.Parse()
	l, err := net.Listen("tcp", *addr)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Printf("ready http://%s/v1\n", l.Addr())
	s := &http.Server{Handler: openai.New(clock.Real()), ReadHeaderTimeout: 10 * time.Second}
	fmt.Fprintln(os.Stderr, s.Serve(l))
	os.Exit(1)
}
