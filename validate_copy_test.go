package jeton_test

import (
	"strings"
	"testing"

	"github.com/jeton-oauth/jeton"
)

// TestCopies: what came with copying is a warning that shows no value.
func TestCopies(t *testing.T) {
	for name, test := range map[string]struct {
		text, says string
	}{
		"plain":                {"3MVG9.abc~def-ghi_jkl=", ""},
		"a word of a template": {"<client secret>", "placeholder"},
		"a shell's variable":   {"${CLIENT_SECRET}", "placeholder"},
		"another one":          {"$CLIENT_SECRET", "placeholder"},
		"of Windows":           {"%CLIENT_SECRET%", "placeholder"},
		"of a template engine": {"{{ secret }}", "placeholder"},
		"an example":           {"your-client-secret", "placeholder"},
		"masked":               {"xxxxxxxx-xxxx-xxxx", "placeholder"},
		"a secret of one kind": {strings.Repeat("x", 32), ""},
		"a dollar":             {"$Ab1", ""},
		"quoted":               {`"hunter2hunter2"`, "quotes"},
		"one quote":            {`"hunter2hunter2`, ""},
		"blank":                {"hunter2hunter2 ", "white space"},
		"byte order mark":      {"\ufeffhunter2hunter2", "cannot be seen"},
		"zero width":           {"hunter2\u200bhunter2", "cannot be seen"},
		"dash":                 {"hunter2\u2013hunter2", "word processors"},
		"letters of Europe":    {"sécret-hunter2", ""},
	} {
		t.Run(name, func(t *testing.T) {
			c := &jeton.Connection{TokenURL: "https://as.example/token", Grant: jeton.GrantOptions{Type: "password", Username: test.text, Password: jeton.SecretValue(test.text)},
				Client: jeton.Client{ID: test.text, Auth: "client_secret_post", Secret: jeton.SecretList{jeton.SecretValue(test.text)}}}
			said := map[jeton.Parameter]bool{}
			for _, f := range c.Validate() {
				if !f.Warning || test.says == "" || !strings.Contains(f.Problem, test.says) || strings.Contains(f.Problem+f.Fix+f.Evidence+f.Proposed, "hunter2") {
					t.Errorf("%+v", f)
				}
				said[f.Parameter] = true
			}
			for _, p := range []jeton.Parameter{"client.id", "client.secret", "grant.username", "grant.password"} {
				if said[p] != (test.says != "") {
					t.Errorf("%s: warned %v", p, said[p])
				}
			}
		})
	}
}
