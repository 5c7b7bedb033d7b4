package main

import (
	"context"
	"fmt"
	"os"
)

func Example() {
	if err := run(context.Background(), os.Stdout); err != nil {
		fmt.Println(err)
	}
	// Output:
	// the server saw  private_key_jwt, alg ES256, iss warehouse
	// token type      Bearer
	// scope           stock.read
	// lifetime        1h0m0s
	// token           [redacted]
}
