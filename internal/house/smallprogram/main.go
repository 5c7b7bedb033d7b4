// Command smallprogram is the smallest program that uses the library. It is
// never run: a test of package house pins the modules that it links.
package main

import (
	"fmt"
	"os"

	"github.com/jeton-oauth/jeton"
	"github.com/jeton-oauth/jeton/inject"
)

func main() {
	source, err := jeton.NewCachingSource(new(jeton.Engine), new(jeton.Connection), jeton.CachingSourceOptions{})
	if err != nil {
		fmt.Fprintln(os.Stderr, "smallprogram:", err)
		os.Exit(1)
	}
	reply, err := inject.Client(source, "https://api.example.com/").Get("https://api.example.com/")
	if err != nil {
		fmt.Fprintln(os.Stderr, "smallprogram:", err)
		os.Exit(1)
	}
	fmt.Println(reply.Status)
}
