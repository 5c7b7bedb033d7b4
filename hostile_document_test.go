package jeton_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/jeton-oauth/jeton"
	"github.com/jeton-oauth/jeton/internal/scrub"
)

// testHostileDocument runs the rows about what a user writes or pastes.
func testHostileDocument(t *testing.T) {
	t.Run("H069", testHostileURLs)
	t.Run("H072", testHostileHeaders)
	t.Run("H075", testHostileName)
	t.Run("X201", testHostileYAML)
	t.Run("X202", testHostileWords)
	t.Run("X205", testHostileNames)
}

// H072: a header that belongs to the HTTP client or speaks for somebody else.
func testHostileHeaders(t *testing.T) {
	for _, name := range []string{"Host", "HOST", "hOsT", "Content-Length", "content_length", "X_Forwarded_For", "x-forwarded_host", "X-FORWARDED-PROTO", "x_forwarded-anything", "Forwarded", "Transfer-Encoding", "transfer_encoding",
		"Connection", "Keep-Alive", "Proxy_Connection", "Proxy-Authorization", "TE", "Trailer", "Upgrade", "Expect", "Cookie",
		"Host ", " Host", "Host:", "Host\r\nX-Own", "Ho\x00st", "Ηost", "X-Own\tY", ":authority", "X(Own)", `X"Own`, "Xü"} {
		t.Run(fmt.Sprintf("%q", name), func(t *testing.T) {
			c := clientCredentials(func(c *jeton.Connection) {
				c.Request.Headers = map[string]jeton.SecretSource{name: jeton.SecretValue("x")}
				c.Usage.Headers = c.Request.Headers
			})
			expectFindings(t, c, "request.headers."+jeton.Parameter(name), "usage.headers."+jeton.Parameter(name))
			document, err := json.Marshal(map[string]any{"token_url": "https://as.example/", "client": map[string]any{"id": "a", "secret": "abcdefgh"},
				"grant": map[string]any{"type": "client_credentials"}, "request": map[string]any{"headers": map[string]any{name: "x"}}})
			if err != nil {
				t.Fatal(err)
			}
			if c, err := jeton.Parse(document); err == nil { // the name of a header may be refused as soon as it is read
				expectFindings(t, c, "request.headers."+jeton.Parameter(name))
			}
			usage := clientCredentials(func(c *jeton.Connection) { c.Usage.Header = name })
			expectFindings(t, usage, "usage.header")
		})
	}
	for _, value := range []string{"a\r\nHost: evil", "a\nb", "a\x00", "a\x7f", "\x1b[2J"} {
		c := clientCredentials(func(c *jeton.Connection) {
			c.Request.Headers = map[string]jeton.SecretSource{"X-Own": jeton.SecretValue(value)}
		})
		expectFindings(t, c, "request.headers.X-Own")
	}
}

// H075: a name that is no name.
func testHostileName(t *testing.T) {
	for _, name := range []string{"a/b", "/", "..", ".", ".a", "../../etc/passwd", "a\\b", "emoji😀", "😀", strings.Repeat("a", 10<<10), strings.Repeat("a", 64), "\u202egnp", "a\u202eb", "a\x1b[31m", "a\nb", "a\x00", "A", "Ä", " a", "a ", "-a", "_a", "a:b", "a%2fb", "a?b", "a#b", "a@b", "con in", "\ufeffa", "а"} {
		t.Run(cutName(name), func(t *testing.T) {
			c := clientCredentials(func(c *jeton.Connection) { c.Name = name })
			expectFindings(t, c, "name")
			for _, f := range c.Validate() {
				if text := fmt.Sprintf("%+v", f); scrub.Escape(text) != text || len(text) > 1000 {
					t.Errorf("%q", text)
				}
			}
			_, err := new(jeton.Engine).Exchange(t.Context(), c, nil)
			if text := fmt.Sprint(err); jeton.CategoryOf(err) != jeton.DocumentInvalid || scrub.Escape(text) != text || len(text) > 1000 {
				t.Errorf("%q", text)
			}
		})
	}
	for _, name := range []string{"a", "0", "my-api.v2_test", strings.Repeat("a", 63), "a..b"} {
		expectFindings(t, clientCredentials(func(c *jeton.Connection) { c.Name = name }))
	}
}

// yamlBomb is an alias for a list of ten of the one before, n times.
func yamlBomb(n int, merge bool) string {
	var b strings.Builder
	b.WriteString("vars:\n  l0: &l0 [" + strings.Repeat("x,", 10) + "]\n")
	if merge {
		b.Reset()
		b.WriteString("labels: &l0 {a: b}\n")
	}
	for i := 1; i <= n; i++ {
		alias := fmt.Sprintf("*l%d", i-1)
		if merge {
			fmt.Fprintf(&b, "x%d: &l%d {<<: [%s], k%d: v}\n", i, i, strings.Repeat(alias+",", 9)+alias, i)
		} else {
			fmt.Fprintf(&b, "  l%d: &l%d [%s]\n", i, i, strings.Repeat(alias+",", 9)+alias)
		}
	}
	return b.String()
}

// X201: documents that cost, or that mean two things.
func testHostileYAML(t *testing.T) {
	const most = 1 << 20
	good := "token_url: https://as.example/\nclient: {id: a, secret: " + hostileSecretPlain + "}\ngrant: {type: client_credentials}\n"
	for name, row := range map[string]struct{ document, says string }{
		"aliases":                  {yamlBomb(9, false), "aliases"},
		"many aliases of one":      {"labels: &a {b: c}\nx: [" + strings.Repeat("*a,", 99000) + "]", "aliases"},
		"300000 aliases":           {"labels: &a {b: c}\nx: [" + strings.Repeat("*a,", 300000) + "]", "too many values"},
		"500000 values":            {"response: {keep: [" + strings.Repeat("x,", 500000) + "]}", "too many values"},
		"500000 values in JSON":    {`{"response": {"keep": [` + strings.Repeat("1,", 500000) + "1]}}", "too many values"},
		"99000 values":             {"nmae: x\nresponse: {keep: [" + strings.Repeat("x,", 99000) + "]}", "unknown field"},
		"99000 values in JSON":     {`{"nmae": "x", "response": {"keep": [` + strings.Repeat("1,", 99000) + "1]}}", "unknown field"},
		"merge keys":               {yamlBomb(9, true), "aliases"},
		"a cycle":                  {"client: &a {id: *a}", "nested deeper"},
		"a cycle of two":           {"vars: &a {b: &b {c: *a, d: *b}}", "nested deeper"},
		"a cycle of merges":        {"labels: &a {<<: *a}", "nested deeper"},
		"merge of a scalar":        {"<<: [a, b]", "<< wants a mapping"},
		"merge twice":              {"a: &a {name: x}\n<<: *a\n<<: *a", "already written"},
		"anchor twice":             {"vars: {a: &x 1, b: &x 2, c: *x}\nnmae: a", "unknown field"},
		"duplicate":                {good + "token_url: https://evil.example/\n", "already written in line 1"},
		"duplicate, quoted":        {good + "\"token\\u005furl\": https://evil.example/\n", "already written in line 1"},
		"duplicate, nested":        {"client: {id: a, 'id': b}", "already written"},
		"duplicate in JSON":        {`{"client": {"id": "a", "\u0069d": "b"}}`, "already written"},
		"duplicate in params":      {"request: {params: {a: x, a: y}}", "already written"},
		"tag of a language":        {"name: !!python/object/apply:os.system [id]", "YAML tag"},
		"tag of a type":            {"name: !!timestamp 2026-11-21", "YAML tag"},
		"a long tag":               {"name: !<tag:" + strings.Repeat("x", 100000) + "> a", "YAML tag"},
		"TAG directive":            {"%TAG ! tag:evil.example,2026:\n---\nname: !x a", "YAML tag"},
		"YAML 9.9":                 {"%YAML 9.9\n---\nname: a", ""},
		"deep flow":                {"vars: " + strings.Repeat("{a: ", 49000), "nested deeper"},
		"deep brackets":            {strings.Repeat("[", 99999), "nested deeper"},
		"a million brackets":       {strings.Repeat("[", most-10), "too many values"},
		"deep blocks":              {deepBlocks(400), "nested deeper"},
		"deep dashes":              {strings.Repeat("- ", 200000) + "x", ""},
		"deep question marks":      {strings.Repeat("? ", 200000) + "x", ""},
		"deep JSON":                {`{"vars":` + strings.Repeat("[", 99000), "JSON"},
		"NUL":                      {good + "name: a\x00b\n", "binary"},
		"escaped NUL in the name":  {good + `name: "a\0b"` + "\n" + "nmae: x", "unknown field"},
		"control character":        {good + "title: a\x07b\n", "control characters"},
		"C1 control":               {good + "title: a\u0081b\nnmae: x\n", ""},
		"UTF-16LE":                 {"\xff\xfe" + utf16(good, false), "UTF-16"},
		"UTF-16BE":                 {utf16(good, true), "UTF-16"},
		"UTF-32":                   {"\x00\x00\xfe\xff" + good, "binary"},
		"surrogate in UTF-8":       {good + "title: \xed\xa0\x80\n", "not UTF-8"},
		"overlong":                 {good + "title: \xc0\xaf\n", "not UTF-8"},
		"two marks":                {"\ufeff\ufeff" + good, "two byte order marks"},
		"mark in the middle":       {strings.Replace(good, "client", "\ufeffclient", 1), ""},
		"tabs":                     {"client:\n\tid: a\n", "tab"},
		"tab after blanks":         {"client:\n  id: a\n \t secret: b\n", "tab"},
		"two documents":            {good + "---\n" + good, "second document"},
		"three documents":          {"---\n---\n---\n", ""},
		"after the end":            {good + "...\nname: a", ""},
		"JSON, then YAML":          {`{"name": "a"}` + "\nname: b", ""},
		"JSON with comments":       {"{\"name\": \"a\" // x\n}", "JSON"},
		"no-break space":           {"token_url:\u00a0https://as.example/", ""},
		"full width colon":         {"token_url： https://as.example/", ""},
		"line separator":           {good + "title: a\u2028nmae: b\nnmae: c", "unknown field"},
		"many unknown fields":      {manyLines("u%d: x\n", 49000), "unknown field"},
		"many wrong values":        {"vars:\n" + manyLines("  v%d: [x]\n", 33000), ""},
		"many duplicates":          {strings.Repeat("name: a\n", 49000), "already written"},
		"a name of 1 MB":           {strings.Repeat("a", most-20) + ": x", ""},
		"a complex name":           {"? {a: b}\n: c", "not text"},
		"a name that is null":      {"~: a\n: b", ""},
		"a number of 1 MB":         {"version: 1" + strings.Repeat("0", most-100), ""},
		"version as a fraction":    {"version: 1.0", ""},
		"version in hexadecimal":   {"version: 0x1", ""},
		"status as text":           {"rejected: {status: ['401']}", "whole number"},
		"status that overflows":    {"rejected: {status: [18446744073709552017]}", "out of range"},
		"duration that overflows":  {"refresh: {keep_alive: 9223372036854775808s}", "duration"},
		"NaN as a claim":           {"client: {assertion: {claims: {a: .nan}}}", "no NaN"},
		"huge exponent as a claim": {"nmae: x\nclient: {assertion: {claims: {a: 1e999999999}}}", ""},
		"plain scalar of 1 MB":     {"nmae: " + strings.Repeat("a ", most/2-10), "unknown field"},
		"quotes without end":       {"name: \"" + strings.Repeat("\\\n", 99000), ""},
		"a million anchors":        {"nmae: [" + manyLines("&a%d x,", 60000) + "]", ""},
		"a million merges":         {"nmae: {" + strings.Repeat("<<: {},", 33000) + "}", ""},
		"comments":                 {strings.Repeat("#\n", 99000), "empty"},
		"line ends":                {strings.Repeat("\r", 100000) + "nmae: a", ""},
	} {
		t.Run(name, func(t *testing.T) {
			done := bounded(t)
			c, err := jeton.Parse([]byte(row.document))
			done()
			var e *jeton.Error
			if c != nil || !errors.As(err, &e) || e.Category() != jeton.DocumentInvalid || len(e.Findings) == 0 || len(e.Findings) > 100 {
				t.Fatalf("%v, %T %v", c, err, err)
			}
			shown := fmt.Sprintf("%v %+v", err, e.Findings)
			if !strings.Contains(shown, row.says) {
				t.Errorf("%.300q does not say %q", shown, row.says)
			}
			if strings.Contains(shown, hostileSecretPlain) || strings.Contains(shown, "evil.example") || strings.Contains(shown, "os.system") || scrub.Escape(shown) != shown || len(shown) > 64<<10 {
				t.Errorf("%d bytes: %.300q", len(shown), shown)
			}
		})
	}
}

// hostileSecretPlain is a secret that YAML takes as it is.
const hostileSecretPlain = "plain-secret-canary-5512"

func deepBlocks(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(strings.Repeat(" ", i) + "a:\n")
	}
	return b.String()
}

func manyLines(format string, n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, format, i)
	}
	return b.String()
}

// X202: words that YAML 1.1 took for something else stay words, and numbers digits.
func testHostileWords(t *testing.T) {
	for written, want := range map[string]string{"no": "no", "on": "on", "y": "y", "0123": "0123", "0x1F": "0x1F", "1e3": "1e3", "1_000": "1_000", "12:30:45": "12:30:45", "2026-11-21": "2026-11-21", ".5": ".5", "+1": "+1",
		"1.0": "1.0", "00": "00", "-0": "-0", "99999999999999999999": "99999999999999999999", "True": "True", ".inf": ".inf", "=": "=", "'~'": "~", `"null"`: "null", "0o17": "0o17", "1e400": "1e400", "!!str 5": "5"} {
		document := "token_url: https://as.example/\nclient: {id: " + written + ", secret: abcdefgh}\ngrant: {type: client_credentials}\n"
		c, err := jeton.Parse([]byte(document))
		if err != nil || c.Client.ID != want {
			t.Errorf("%s: %v, %v", written, c, err)
		}
	}
}

// X205: names on the wire that the document chooses.
func testHostileNames(t *testing.T) {
	for _, name := range []string{"a\r\nX-Own: y", "a\nb", "a\x00", "a b", "\t", "\x1b[2J", "a\u202eb", "a\u00a0b"} {
		t.Run(fmt.Sprintf("%q", name), func(t *testing.T) {
			expectFindings(t, clientCredentials(func(c *jeton.Connection) {
				c.Client.Auth, c.Client.Parameters = "client_secret_post", jeton.ClientParameters{ClientID: name, ClientSecret: "x" + name}
			}), "client.parameters.client_id", "client.parameters.client_secret")
			expectFindings(t, clientCredentials(func(c *jeton.Connection) { c.Client.BasicScheme = name }), "client.basic_scheme")
			expectFindings(t, clientCredentials(func(c *jeton.Connection) { c.Usage.Cookie = name }), "usage.cookie")
			expectFindings(t, clientCredentials(func(c *jeton.Connection) {
				c.Response.AccessToken, c.Response.ExpiresIn = "header:"+name, "header:"+name
			}), "response.access_token", "response.expires_in")
			c := bearer(t, func(c *jeton.Connection) { c.Grant.Assertion.Parameter = name })
			expectFindings(t, c, "grant.assertion.parameter")
			c = bearer(t, func(c *jeton.Connection) { c.Grant.Assertion.Issuer = "{" + name + strings.Repeat("x", 2000) + "}" })
			expectFindings(t, c, "grant.assertion.issuer")
			for _, f := range c.Validate() {
				if text := fmt.Sprintf("%+v", f); scrub.Escape(text) != text || len(text) > 1000 {
					t.Errorf("%q", text)
				}
			}
		})
	}
	for _, name := range []string{"none", "client_id", "access_token", "ключ", "a.b[c]"} {
		expectFindings(t, clientCredentials(func(c *jeton.Connection) {
			c.Client.Auth, c.Client.Parameters = "client_secret_post", jeton.ClientParameters{ClientID: name}
		}))
	}
}
