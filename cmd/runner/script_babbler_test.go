package main

import (
	"bufio"
	"fmt"
	"net"
	"net/http"

	"github.com/rogpeppe/go-internal/testscript"
)

// babbler VARIABLE ANSWER: a server that answers each request, and then says on
// the same connection what it was sent, the token too.
func serveBabbler(ts *testscript.TestScript, _ bool, args []string) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	ts.Check(err)
	ts.Defer(func() { _ = listener.Close() })
	ts.Setenv(args[0], "http://"+listener.Addr().String())
	go func() {
		for {
			c, err := listener.Accept()
			if err != nil {
				return
			}
			go babble(c, args[1])
		}
	}()
}

func babble(c net.Conn, answer string) {
	defer c.Close()
	in := bufio.NewReader(c)
	for {
		request, err := http.ReadRequest(in)
		if err != nil {
			return
		}
		fmt.Fprintf(c, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s%s",
			len(answer), answer, request.Header.Get("Authorization"))
	}
}
