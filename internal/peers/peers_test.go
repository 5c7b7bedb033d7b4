package peers

import (
	"strings"
	"testing"
)

// recorder is a test that writes down how it ended.
type recorder struct {
	testing.TB
	ended, message string
}

func (r *recorder) Helper()           {}
func (r *recorder) Skip(args ...any)  { r.ended, r.message = "skipped", args[0].(string) }
func (r *recorder) Fatal(args ...any) { r.ended, r.message = "failed", args[0].(string) }

func TestUnavailable(t *testing.T) {
	for value, want := range map[string]string{"": "skipped", "1": "failed"} {
		t.Setenv(required, value)
		r := &recorder{TB: t}
		unavailable(r, "Authlib", "no module named flask")
		if r.ended != want {
			t.Errorf("%s=%q: %s, want %s", required, value, r.ended, want)
		}
		for _, hint := range []string{"Authlib", "no module named flask", "install.sh"} {
			if !strings.Contains(r.message, hint) {
				t.Errorf("%q does not tell %q", r.message, hint)
			}
		}
	}
}

// TestStopsWithStdin is what keeps servers from outliving a killed test
// process: the end of stdin, and nothing else, ends them.
func TestStopsWithStdin(t *testing.T) {
	config := Config{Clients: []Client{{ID: "app", Secret: "app-secret"}}}
	for name, start := range map[string]func(testing.TB, Config) *Server{
		"oidc-provider": OIDCProvider, "Authlib": Authlib,
	} {
		t.Run(name, func(t *testing.T) {
			server := start(t, config)
			if err := server.process.stdin.Close(); err != nil {
				t.Fatal(err)
			}
			<-server.process.done
			if code := server.process.cmd.ProcessState.ExitCode(); code != 0 {
				t.Errorf("exit code %d:\n%s", code, server.Log())
			}
		})
	}
}
