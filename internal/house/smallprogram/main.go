// Command smallprogram is the smallest program that uses the library. It is
// never run: a test of package house pins the modules that it links.
package main

import (
	"context"
	"fmt"
	"os"

	"github.com/jeton-oauth/jeton"
)

func main() {
	token, err := new(jeton.Engine).Exchange(context.Background(), new(jeton.Connection), nil)
	if err != nil {
		fmt.Fprintln(os.Stderr, "smallprogram:", err)
		os.Exit(1)
	}
	fmt.Println(token.TokenType)
}
