// Command token loads a connection document, fetches a token and calls an API
// with it:
//
//	go run ./examples/token connection.yaml https://api.example/v1/reports
package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"time"

	"github.com/jeton-oauth/jeton"
)

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: token DOCUMENT URL")
		os.Exit(2)
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if err := run(ctx, os.Stdout, os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, "token:", err)
		os.Exit(1)
	}
}

// run calls the API at url with a token of the connection in the file document.
func run(ctx context.Context, out io.Writer, document, url string) error {
	connection, err := jeton.Load(document)
	if err != nil {
		return err
	}
	// One engine serves a whole program: it keeps parsed keys and connections.
	engine := new(jeton.Engine)
	token, err := engine.Exchange(ctx, connection, nil)
	if err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	token.Authorize(request)
	reply, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer reply.Body.Close()
	if reply.StatusCode != http.StatusOK {
		return fmt.Errorf("the API answered %s", reply.Status)
	}
	_, err = io.Copy(out, io.LimitReader(reply.Body, 1<<20))
	return err
}
