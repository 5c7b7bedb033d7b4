//go:build linux

package main

import (
	"context"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/jeton-oauth/jeton/oauthtest"
)

// TestReportOnTerminal: a terminal gets colour, its own width and the progress of
// a probe; NO_COLOR takes the colour away.
func TestReportOnTerminal(t *testing.T) {
	server := oauthtest.NewTestServer(t, oauthtest.Config{Errors: oauthtest.ErrorsTerse})
	server.AddClient(oauthtest.Client{ID: "bot", Secret: clientSecret, AuthMethods: []string{"client_secret_post"}})
	path := filepath.Join(t.TempDir(), "c.yaml")
	writeFile(t, path, []byte("token_url: "+server.TokenURL()+"\nclient: {id: bot, secret: {env: CLIENT_SECRET}}\ngrant: {type: client_credentials}\n"))
	escape := regexp.MustCompile("\x1b\\[[0-9;]+m")
	for name, test := range map[string]struct {
		env    map[string]string
		colour bool
	}{
		"colour":            {nil, true},
		"NO_COLOR":          {map[string]string{"NO_COLOR": "1"}, false},
		"an empty NO_COLOR": {map[string]string{"NO_COLOR": ""}, true},
		"dumb":              {map[string]string{"TERM": "dumb"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			env := func(name string) (string, bool) {
				if value, ok := test.env[name]; ok {
					return value, true
				}
				return trialEnv(name)
			}
			keyboard, screen := openTerminal(t)
			if err := unix.IoctlSetWinsize(int(screen.Fd()), unix.TIOCSWINSZ, &unix.Winsize{Row: 50, Col: 52}); err != nil {
				t.Fatal(err)
			}
			shown := make(chan string)
			go func() { // what a terminal cannot hold it does not take
				var all strings.Builder
				buffer := make([]byte, 4096)
				for !strings.Contains(all.String(), "THE END") {
					n, err := keyboard.Read(buffer)
					all.Write(buffer[:n])
					if err != nil {
						break
					}
				}
				shown <- strings.ReplaceAll(all.String(), "\r\n", "\n")
			}()
			code := run(context.Background(), []string{"test", "-f", path, "--probe"}, strings.NewReader(""), screen, screen, env)
			if _, err := screen.WriteString("THE END\n"); err != nil {
				t.Fatal(err)
			}
			text := <-shown
			if code != 6 || escape.MatchString(text) != test.colour {
				t.Errorf("exit code %d, colour %t\n%q", code, !test.colour, text)
			}
			text = escape.ReplaceAllString(text, "")
			if !strings.Contains(text, "jeton: trying client.auth: client_secret_post (2 of 2)\n") {
				t.Errorf("no progress in\n%s", text)
			}
			_, report, _ := strings.Cut(text, "✗ ")
			report, _, _ = strings.Cut(report, "THE END")
			checkWidth(t, report, 52)
			if !strings.Contains(report, "  server says  status 401: invalid_client: The\n               request") {
				t.Errorf("the report is\n%s", report)
			}
		})
	}
}
