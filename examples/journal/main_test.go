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
	// exchange: the reply could not be recorded: the process died here
	// open attempts: 0 replies to parse: 1
	// recovered: Bearer calendar.read
	// refreshed: Bearer calendar.read
	// requests: 2
}
