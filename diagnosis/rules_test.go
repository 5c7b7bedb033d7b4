package diagnosis_test

import (
	"encoding/json"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/jeton-oauth/jeton"
	"github.com/jeton-oauth/jeton/diagnosis"
)

// TestEveryRuleIsTried: of each rule there is a refusal that it fits.
func TestEveryRuleIsTried(t *testing.T) {
	tried := map[string]bool{}
	for _, r := range readRows(t, "*.yaml") {
		c, facts := factsOf(t, r)
		for _, name := range diagnosis.FitRules(c, facts) {
			tried[name] = true
		}
	}
	for _, name := range diagnosis.AllRules() {
		if !tried[name] {
			t.Errorf("no refusal in testdata fits %s", name)
		}
	}
}

// TestRulesAreWellFormed: what a rule says can be read, and followed.
func TestRulesAreWellFormed(t *testing.T) {
	features := map[string]bool{}
	for _, kind := range []string{"client_secret_basic", "private_key_jwt", "jwt_bearer", "refresh_token", "authorization_code", "device_code", "password", "token_exchange", "api_key", "self_issued", "tls_client_auth", "dpop"} {
		for _, name := range diagnosis.Features(connectionOf(t, kind)) {
			features[name] = true
		}
	}
	documented, err := os.ReadFile("diagnosis.go")
	if err != nil {
		t.Fatal(err)
	}
	for name := range features {
		if !strings.Contains(string(documented), name) {
			t.Errorf("Facts.Rules does not name the feature %q", name)
		}
	}
	rules := diagnosis.Rules()
	for i, rule := range rules {
		for _, group := range rule.Words {
			for _, phrase := range strings.Split(group, "|") {
				plain := strings.TrimSuffix(strings.TrimPrefix(phrase, "="), "*")
				if plain == "" || strings.Contains(strings.TrimSuffix(phrase, "*"), "*") && !strings.Contains(phrase, " * ") || strings.TrimSpace(diagnosis.Words(plain)) != strings.TrimSpace(plain) {
					t.Errorf("the phrase %q is not one that a text can have: it is %q", phrase, diagnosis.Words(plain))
				}
			}
		}
		for _, when := range rule.When {
			if !features[strings.TrimPrefix(when, "!")] {
				t.Errorf("no request or answer has the feature %q", when)
			}
		}
		if len(rule.Codes)+len(rule.Words)+len(rule.Statuses)+len(rule.When) == 0 && i < len(rules)-1 { // the last one is for what no other fits
			t.Errorf("a rule without a condition: %+v", rule)
		}
		for _, s := range rule.Blame {
			p := strings.NewReplacer("<assertion>", "client.assertion", "<credential>", "client.secret").Replace(string(s.Parameter))
			if !isPath(p) {
				t.Errorf("%s is no path of the document", s.Parameter)
			}
			if s.Problem == "" || s.Fix == "" || endsSentence(s.Problem) || endsSentence(s.Fix) || s.Problem[:1] != strings.ToLower(s.Problem[:1]) && !startsWithName(s.Problem) {
				t.Errorf("%s: problem %q, fix %q: a clause, lower case, without a period", s.Parameter, s.Problem, s.Fix)
			}
		}
		if rule.Source != "" {
			for _, source := range strings.Fields(rule.Source) {
				if u, err := url.Parse(source); err == nil && strings.HasPrefix(source, "http") && u.Host == "" {
					t.Errorf("source %q", rule.Source)
				}
			}
		}
	}
}

func endsSentence(text string) bool {
	return strings.HasSuffix(text, ".") && !strings.HasSuffix(text, "...")
}

// startsWithName: a sentence may begin with the name of a product or a parameter.
func startsWithName(text string) bool {
	first, _, _ := strings.Cut(text, " ")
	return strings.ToUpper(first) == first || len(first) > 2
}

// isPath reports whether p names a field of the document, or one of the four
// beside it.
func isPath(p string) bool {
	switch p {
	case "clock", "consent", "egress", "vendor":
		return true
	}
	return inSchema(p)
}

// connectionSchema is the JSON Schema of the document.
var connectionSchema = sync.OnceValue(func() map[string]any {
	var schema map[string]any
	if err := json.Unmarshal(jeton.Schema(), &schema); err != nil {
		panic(err)
	}
	return schema
})

// inSchema walks the properties of the schema along a path; what may have any
// member has this one.
func inSchema(path string) bool {
	at := connectionSchema()
	for rest := path; rest != ""; {
		name, further, _ := strings.Cut(rest, ".")
		next := member(at, name)
		if next == nil {
			return false
		}
		if free, ok := next["free"]; ok && free == true { // the rest is a name
			return true
		}
		at, rest = next, further
	}
	return true
}

// member is the schema of a property, also behind $ref, anyOf and items.
func member(at map[string]any, name string) map[string]any {
	for _, s := range alternatives(at) {
		if properties, ok := s["properties"].(map[string]any); ok {
			if found, ok := properties[name].(map[string]any); ok {
				return found
			}
		}
	}
	for _, s := range alternatives(at) {
		if additional, given := s["additionalProperties"]; given && additional != false || s["type"] == "object" && s["properties"] == nil {
			return map[string]any{"free": true}
		}
	}
	return nil
}

func alternatives(at map[string]any) []map[string]any {
	list := []map[string]any{at}
	for i := 0; i < len(list) && i < 50; i++ {
		s := list[i]
		if ref, ok := s["$ref"].(string); ok {
			target := connectionSchema()
			for _, part := range strings.Split(strings.TrimPrefix(ref, "#/"), "/") {
				target, _ = target[part].(map[string]any)
			}
			list = append(list, target)
		}
		for _, word := range []string{"anyOf", "oneOf", "allOf"} {
			options, _ := s[word].([]any)
			for _, option := range options {
				if o, ok := option.(map[string]any); ok {
					list = append(list, o)
				}
			}
		}
		if items, ok := s["items"].(map[string]any); ok {
			list = append(list, items)
		}
	}
	return list
}

// FuzzDiagnose: whatever a server says, the diagnosis says something, and says it
// in bounds.
func FuzzDiagnose(f *testing.F) {
	for i, r := range readRows(f, "*.yaml") {
		if i%20 == 0 { // the others are tests of their own
			f.Add(r.Status, r.Body, r.Connection)
		}
	}
	f.Fuzz(func(t *testing.T, status int, body, kind string) {
		if status < 300 || status > 599 || !knownKind(kind) {
			return
		}
		found := diagnoseRow(t, row{ID: "fuzz", Connection: kind, Status: status, Body: body})
		suspects := 0
		for _, finding := range found {
			if len([]rune(finding.Evidence)) > 500 {
				t.Errorf("evidence of %d characters", len(finding.Evidence))
			}
			if strings.ContainsAny(finding.Evidence+finding.Problem+finding.Proposed, "\x1b\x00\u202e\r\n") {
				t.Errorf("a control character: %q", finding.Evidence+finding.Problem+finding.Proposed)
			}
			if finding.Parameter == "" || finding.Problem == "" || finding.Fix == "" {
				t.Errorf("empty: %+v", finding)
			}
			if !finding.Certain && !finding.Warning {
				suspects++
			}
		}
		if suspects > 3 || len(found) == 0 {
			t.Errorf("%d suspects in %+v", suspects, found)
		}
	})
}

func knownKind(kind string) bool {
	switch kind {
	case "client_secret_basic", "client_secret_post", "client_secret_jwt", "private_key_jwt", "jwt_bearer", "jwt_bearer_secret", "refresh_token", "authorization_code", "password", "api_key", "token_exchange", "self_issued":
		return true
	}
	return false
}

// BenchmarkDiagnose is of a refusal that the last rules explain: all are tried.
func BenchmarkDiagnose(b *testing.B) {
	for name, body := range map[string]string{
		"code alone": `{"error":"invalid_client"}`,
		"sentence":   `{"error":"invalid_client","error_description":"The audience claim for client_assertion must be the endpoint invoked for the request."}`,
		"long":       `{"error":"strange","error_description":"` + strings.Repeat("nothing of use is said here at all ", 60) + `"}`,
	} {
		b.Run(name, func(b *testing.B) {
			c, facts := factsOf(b, row{ID: name, Connection: "private_key_jwt", Status: 400, Body: body})
			b.ReportAllocs()
			for b.Loop() {
				diagnosis.Diagnose(c, facts)
			}
		})
	}
}
