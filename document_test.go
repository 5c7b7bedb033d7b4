package jeton

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/jeton-oauth/jeton/internal/doctree"
)

// asWritten compares documents by what can be written in them.
var asWritten = cmpopts.IgnoreUnexported(Assertion{})

// What Parse accepts, and what becomes of it.
func TestParse(t *testing.T) {
	yes := true
	for _, row := range []struct {
		name, document string
		want           Connection
	}{
		{"block", "name: a\nclient:\n  id: b\n", Connection{Name: "a", Client: Client{ID: "b"}}},
		{"flow", "{name: a, client: {id: b}}", Connection{Name: "a", Client: Client{ID: "b"}}},
		{"json", "{\t\"name\": \"\\u0061\\ud83d\\ude00\", \"client\": {\"id\": \"b\"}}", Connection{Name: "a😀", Client: Client{ID: "b"}}},
		{"byte order mark", "\ufeffname: a", Connection{Name: "a"}},
		{"byte order mark and json", "\ufeff {\"name\": \"a\"}", Connection{Name: "a"}},
		{"windows lines", "name: a\r\ntitle: b\r\n", Connection{Name: "a", Title: "b"}},
		{"a document marker", "---\nname: a\n...\n", Connection{Name: "a"}},
		{"kind and version", "version: 1\nkind: connection", Connection{Kind: "connection"}},
		{"literal scalars", "client: {id: 0123, secret: 12345}\nowner: true\ntitle: 1.50\ndescription: 2020-01-01", Connection{
			Owner: "true", Title: "1.50", Description: "2020-01-01", Client: Client{ID: "0123", Secret: SecretList{SecretValue("12345")}}}},
		{"literal json scalars", `{"client": {"id": 1e3}, "owner": true}`, Connection{Owner: "true", Client: Client{ID: "1e3"}}},
		{"null is not written", "client: ~\nscopes: null\ngrant: {type: , password: }\npaused:\nlabels: {a: ~, b: c}\nrejected:", Connection{Labels: map[string]string{"b": "c"}}},
		{"an empty section", "rejected: {}", Connection{Rejected: &Rejected{}}},
		{"booleans", "paused: true\nresponse: {success: {path: a, exists: true}}", Connection{Paused: true,
			Response: ResponseOptions{Success: Conditions{{Path: "a", Exists: &yes}}}}},
		{"integers", "rejected: {status: [401, 403]}", Connection{Rejected: &Rejected{Status: []int{401, 403}}}},
		{"duration in words", "refresh: {keep_alive: 1h30m}", Connection{Refresh: RefreshOptions{KeepAlive: Duration(90 * time.Minute)}}},
		{"duration in seconds", "refresh: {keep_alive: 90}", Connection{Refresh: RefreshOptions{KeepAlive: Duration(90 * time.Second)}}},
		{"duration in quoted seconds", `refresh: {keep_alive: "90"}`, Connection{Refresh: RefreshOptions{KeepAlive: Duration(90 * time.Second)}}},
		{"scope list", "scopes: ['a b', 'c,d', https://x/y]", Connection{Scopes: Scopes{"a b", "c,d", "https://x/y"}}},
		{"scope string", "scopes: a, b  c,https://x/y\n", Connection{Scopes: Scopes{"a", "b", "c", "https://x/y"}}},
		{"empty scope list", "scopes: []", Connection{Scopes: Scopes{}}},
		{"one audience", "grant: {assertion: {audience: a b}}", Connection{Grant: GrantOptions{Assertion: &Assertion{Audience: StringList{"a b"}}}}},
		{"several audiences", "grant: {assertion: {audience: [a, b]}}", Connection{Grant: GrantOptions{Assertion: &Assertion{Audience: StringList{"a", "b"}}}}},
		{"one secret", "client: {secret: s}", Connection{Client: Client{Secret: SecretList{SecretValue("s")}}}},
		{"places of a secret", "client: {secret: [{value: s}, {env: E}, {file: f}, {base64: eA==}, {command: [a, 1]}]}", Connection{Client: Client{Secret: SecretList{
			SecretValue("s"), {Env: "E"}, {File: "f"}, {Base64: NewSecret("eA==")}, {Command: []string{"a", "1"}}}}}},
		{"one key", "client: {assertion: {key: {file: k, password: p, key_password: {env: Q}, alias: a, encoding: hex, allow_weak_key: true}}}",
			Connection{Client: Client{Assertion: &Assertion{Key: KeyList{{SecretSource: SecretSource{File: "k"}, Password: SecretValue("p"),
				KeyPassword: SecretSource{Env: "Q"}, Alias: "a", Encoding: "hex", AllowWeakKey: true}}}}}},
		{"several keys", "client: {assertion: {key: [{file: k}, {value: v}]}}", Connection{Client: Client{Assertion: &Assertion{Key: KeyList{KeyFile("k"), KeyValue("v")}}}}},
		{"certificates", "tls: {ca: {file: ca.pem}, client: {certificate: {file: c}, key: {env: K}}}", Connection{TLS: TLS{CA: KeyFile("ca.pem"),
			Client: TLSClient{Certificate: KeyFile("c"), Key: KeySource{SecretSource: SecretSource{Env: "K"}}}}}},
		{"parameters", "request: {params: {a: x, b: 1, c: true, d: {env: E}, e: [x, 2, {value: s}], f: ''}}", Connection{Request: RequestOptions{Params: map[string]ParamValues{
			"a": Param("x"), "b": Param("1"), "c": Param("true"), "d": {{Secret: SecretSource{Env: "E"}}}, "e": {{Text: "x"}, {Text: "2"}, {Secret: SecretValue("s")}}, "f": Param("")}}}},
		{"headers", "usage: {headers: {x-api-key: {env: E}, x-tenant: t}}", Connection{Usage: Usage{Headers: map[string]SecretSource{"x-api-key": {Env: "E"}, "x-tenant": SecretValue("t")}}}},
		{"vars", "vars: {tenant: 007}", Connection{Vars: map[string]string{"tenant": "007"}}},
		{"words in a list", "access: {deliver: [token, proxy], per_call: [scope]}", Connection{Access: Access{Deliver: []string{"token", "proxy"}, PerCall: []string{"scope"}}}},
		{"token url as written", "token_url: POST https://a.example/t", Connection{TokenURL: "POST https://a.example/t"}},
		{"one condition", "rejected: {body: {path: a, equals: 1}}", Connection{Rejected: &Rejected{Body: Conditions{{Path: "a", Equals: int64(1)}}}}},
		{"several conditions", "rejected: {body: [{path: a}, {path: b, equals: [x, {y: 1.5}]}]}", Connection{Rejected: &Rejected{Body: Conditions{{Path: "a"},
			{Path: "b", Equals: []any{"x", map[string]any{"y": json.Number("1.5")}}}}}}},
		{"steps", "steps: [{url: a}, {url: b, request: {method: GET}}]", Connection{Steps: []Step{{URL: "a"}, {URL: "b", Request: RequestOptions{Method: "GET"}}}}},
		{"jose headers", "client: {assertion: {headers: {kid: a, n: 1, big: 99999999999999999999, on: true, l: [1, x], o: {p: ~}}}}", Connection{Client: Client{Assertion: &Assertion{Headers: map[string]any{
			"kid": "a", "n": int64(1), "big": json.Number("99999999999999999999"), "on": true, "l": []any{int64(1), "x"}, "o": map[string]any{"p": nil}}}}}},
		{"an anchor", "client: {secret: &s {env: E}}\ngrant: {password: *s}", Connection{Client: Client{Secret: SecretList{{Env: "E"}}}, Grant: GrantOptions{Password: SecretSource{Env: "E"}}}},
		{"a merge key", "tls: &t {pin: p, ca: {file: a}}\nresource: {tls: {<<: *t, pin: q}}", Connection{TLS: TLS{Pin: "p", CA: KeyFile("a")},
			Resource: Resource{TLS: TLS{Pin: "q", CA: KeyFile("a")}}}},
		{"harmless tags", "owner: !!str 5\nlabels: !!map {a: b}", Connection{Owner: "5", Labels: map[string]string{"a": "b"}}},
		{"a block of text", "client:\n  assertion:\n    key:\n      value: |\n        -----BEGIN X-----\n        abc\n", Connection{Client: Client{Assertion: &Assertion{Key: KeyList{KeyValue("-----BEGIN X-----\nabc\n")}}}}},
	} {
		t.Run(row.name, func(t *testing.T) {
			got, err := Parse([]byte(row.document))
			if err != nil {
				t.Fatal(documentReport(err))
			}
			row.want.Version = 1
			if diff := cmp.Diff(&row.want, got, asWritten); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// Claims keep their order and their exact values.
func TestParseClaims(t *testing.T) {
	for _, row := range []struct{ name, claims, want string }{
		{"order", "{z: 1, a: {y: 2, b: 3}, m: []}", `{"z":1,"a":{"y":2,"b":3},"m":[]}`},
		{"integers", "{a: 99999999999999999999999999, b: -7, c: +7, d: 0x1F, e: 0o17, f: 007}", `{"a":99999999999999999999999999,"b":-7,"c":7,"d":31,"e":15,"f":7}`},
		{"floats", "{a: 1.50, b: .5, c: 1., d: 1e3, e: -1.0E-2, f: +0.1}", `{"a":1.50,"b":0.5,"c":1.0,"d":1e3,"e":-1.0E-2,"f":0.1}`},
		{"booleans and null", "{a: true, b: False, c: null, d: ~, e: , f: yes, g: on}", `{"a":true,"b":false,"c":null,"d":null,"e":null,"f":"yes","g":"on"}`},
		{"quoted", `{a: "1", b: 'true', c: "null", d: !!str 5}`, `{"a":"1","b":"true","c":"null","d":"5"}`},
		{"texts", "{a: 2020-01-01, b: 1_000, c: 12:30, d: 1.2.3, e: 0x, f: +-1, g: <&>}", `{"a":"2020-01-01","b":"1_000","c":"12:30","d":"1.2.3","e":"0x","f":"+-1","g":"<&>"}`},
		{"names", "{https://a.example/claim: 1, 404: x, true: y}", `{"https://a.example/claim":1,"404":"x","true":"y"}`},
		{"json", `{"a": 1.0, "b": [true, null, "\u00e9"], "c": {"z": 1, "a": 2}}`, `{"a":1.0,"b":[true,null,"é"],"c":{"z":1,"a":2}}`},
	} {
		for syntax, document := range map[string]string{"yaml": "client:\n  assertion:\n    claims: " + row.claims, "flow": "{client: {assertion: {claims: " + row.claims + "}}}"} {
			t.Run(row.name+" "+syntax, func(t *testing.T) {
				c, err := Parse([]byte(document))
				if err != nil {
					t.Fatal(documentReport(err))
				}
				got, err := c.Client.Assertion.Claims.MarshalJSON()
				if err != nil || !json.Valid(got) {
					t.Fatalf("%s: %v", got, err)
				}
				// json.Marshal of names escapes for HTML, values are as they are
				if string(got) != row.want {
					t.Errorf("got  %s\nwant %s", got, row.want)
				}
			})
		}
	}
}

// What Parse refuses: one row for each rule, with the whole finding.
func TestParseFindings(t *testing.T) {
	const sourcesText = "value, env, file, base64, command"
	for _, row := range []struct{ name, document, parameter, problem, fix, proposed string }{
		{"unknown field", "client:\n  secrt: x", "client.secrt", `line 2: unknown field "secrt"`, `write "secret"`, "secret"},
		{"another case", "tokenURL: x", "tokenURL", `line 1: unknown field "tokenURL"`, `write "token_url"`, "token_url"},
		{"swapped letters", "isuser: x", "isuser", `line 1: unknown field "isuser"`, `write "issuer"`, "issuer"},
		{"unlike everything", "client: {wxyz: 1}", "client.wxyz", `line 1: unknown field "wxyz"`, "remove it; the fields of client are id, auth, secret", ""},
		{"client_id", "client_id: x", "client_id", `line 1: unknown field "client_id"`, "write it as client.id", "client.id"},
		{"scope", "scope: x", "scope", `line 1: unknown field "scope"`, `write "scopes"`, "scopes"},
		{"scope in a section", "client: {scope: x}", "client.scope", `line 1: unknown field "scope"`, "write scopes at the top level", "scopes"},
		{"token_endpoint", "token_endpoint: x", "token_endpoint", `line 1: unknown field "token_endpoint"`, `write "token_url"`, "token_url"},
		{"private_key", "private_key: x", "private_key", `line 1: unknown field "private_key"`, "write it as client.assertion.key", "client.assertion.key"},
		{"private_key of a grant", "grant: {type: jwt_bearer}\nprivate_key: x", "private_key", `line 2: unknown field "private_key"`, "write it as grant.assertion.key", "grant.assertion.key"},
		{"private_key in a section", "grant: {private_key: x}", "grant.private_key", `line 1: unknown field "private_key"`, "write it as grant.assertion.key", "grant.assertion.key"},
		{"name of a claim", "grant: {assertion: {aud: x}}", "grant.assertion.aud", `line 1: unknown field "aud"`, `write "audience"`, "audience"},
		{"kid", "client: {assertion: {kid: x}}", "client.assertion.kid", `line 1: unknown field "kid"`, "write kid below headers:", "headers.kid"},
		{"audience of a parameter", "audience: x", "audience", `line 1: unknown field "audience"`, "write it as request.params.audience", "request.params.audience"},
		{"audience of a claim", "grant: {type: jwt_bearer, assertion: {key: {file: k}}}\naudience: x", "audience", `line 2: unknown field "audience"`, "write it as grant.assertion.audience", "grant.assertion.audience"},
		{"tenant", "tenant: x", "tenant", `line 1: unknown field "tenant"`, "write tenant below vars:", "vars.tenant"},
		{"field of another section", "basic_encoding: raw", "basic_encoding", `line 1: unknown field "basic_encoding"`, "write it as client.basic_encoding", "client.basic_encoding"},
		{"with a dot", "client.id: x", "client.id", `line 1: unknown field "client.id"`, "write id below client:", "client.id"},
		{"dot in a section", "resource: {ca: {file: x}}", "resource.ca", `line 1: unknown field "ca"`, "write it as resource.tls.ca", "resource.tls.ca"},
		{"name that is none", "client: {'a b c': x}", "client", "line 1: unknown field (name not shown)", "remove it", ""},
		{"duplicate", "name: a\ntitle: b\nname: c", "name", `line 3: the field "name" is already written in line 1`, "remove one of the two", ""},
		{"duplicate in json", "{\"client\": {\"id\": 1,\n\"id\": 2}}", "client.id", `line 2: the field "id" is already written in line 1`, "remove one of the two", ""},
		{"duplicate in claims", "client: {assertion: {claims: {a: {b: 1, b: 2}}}}", "client.assertion.claims.a.b", `line 1: the field "b" is already written in line 1`, "remove one of the two", ""},
		{"list for text", "name: [a]", "name", "line 1: found a list, want text", "write text", ""},
		{"mapping for text", "name: {a: b}", "name", "line 1: found a mapping, want text", "write text", ""},
		{"text for a section", "client: abc", "client", "line 1: found text, want a mapping", "write a mapping", ""},
		{"number for a section", "client: 5", "client", "line 1: found a number, want a mapping", "write a mapping", ""},
		{"list for a section", "client: []", "client", "line 1: found a list, want a mapping", "write a mapping", ""},
		{"text for a list", "response: {keep: a}", "response.keep", "line 1: found text, want a list", "write a list: [...]", ""},
		{"mapping for a list", "steps: {url: a}", "steps", "line 1: found a mapping, want a list", `write a list, with "- " before the mapping`, ""},
		{"text for names", "vars: a", "vars", "line 1: found text, want a mapping of names to values", "write a mapping", ""},
		{"yes", "paused: yes", "paused", "line 1: found text, want true or false", "write true, without quotes", "true"},
		{"quoted true", "paused: 'true'", "paused", "line 1: found text, want true or false", "write true, without quotes", "true"},
		{"0", "paused: 0", "paused", "line 1: found a number, want true or false", "write false, without quotes", "false"},
		{"True", "paused: True", "paused", "line 1: found true or false, want true or false", "write true, without quotes", "true"},
		{"quoted number", "rejected: {status: ['401']}", "rejected.status[0]", "line 1: found text, want a whole number", "write a whole number", ""},
		{"fraction", "rejected: {status: [401.0]}", "rejected.status[0]", "line 1: found a number, want a whole number", "write a whole number", ""},
		{"zeros", "rejected: {status: [0401]}", "rejected.status[0]", "line 1: a whole number that is out of range or not plainly written", "write it in decimal digits", ""},
		{"huge number", "rejected: {status: [99999999999]}", "rejected.status[0]", "line 1: a whole number that is out of range", "", ""},
		{"no duration", "refresh: {keep_alive: soon}", "refresh.keep_alive", "line 1: the value is not a duration", "write a duration such as 5m", ""},
		{"days", "refresh: {keep_alive: 2d}", "refresh.keep_alive", "line 1: the value is not a duration", "write a duration such as 5m", "48h"},
		{"negative duration", "refresh: {keep_alive: -5m}", "refresh.keep_alive", "line 1: the duration is negative", "write a duration of 0s or more", ""},
		{"negative seconds", "refresh: {keep_alive: -5}", "refresh.keep_alive", "line 1: the duration is negative", "", ""},
		{"endless duration", "refresh: {keep_alive: 99999999999999}", "refresh.keep_alive", "line 1: the duration is too long", "", ""},
		{"list as duration", "refresh: {keep_alive: [5m]}", "refresh.keep_alive", "line 1: found a list, want a duration", "", ""},
		{"wrong word", "client: {auth: client-secret-basic}", "client.auth", `line 1: "client-secret-basic" is not one of none, client_secret_basic`, "write client_secret_basic", "client_secret_basic"},
		{"word of another program", "client: {auth: basic}", "client.auth", `line 1: "basic" is not one of`, "write client_secret_basic", "client_secret_basic"},
		{"grant type on the wire", "grant: {type: 'urn:ietf:params:oauth:grant-type:jwt-bearer'}", "grant.type", "line 1: the value is not one of client_credentials", "write jwt_bearer", "jwt_bearer"},
		{"word in another case", "client: {assertion: {algorithm: ps256}}", "client.assertion.algorithm", `line 1: "ps256" is not one of RS256`, "write PS256", "PS256"},
		{"swapped digits", "client: {assertion: {algorithm: RS265}}", "client.assertion.algorithm", `line 1: "RS265" is not one of RS256`, "write RS256", "RS256"},
		{"word in a list", "access:\n  deliver:\n  - token\n  - proxi", "access.deliver[1]", `line 4: "proxi" is not one of token, forward_auth, proxy`, "write proxy", "proxy"},
		{"a word that may be a secret", "client: {auth: 'Xy7 9!k23fd8'}", "client.auth", "line 1: the value is not one of none", "write one of none", ""},
		{"list as secret", "grant: {password: [a]}", "grant.password", "line 1: found a list, want a secret", "", ""},
		{"two sources", "client: {secret: {env: A, file: B}}", "client.secret", "line 1: env and file are given, want one source", "write one of " + sourcesText, ""},
		{"no source", "client: {secret: {}}", "client.secret", "line 1: no source is given", "write one of " + sourcesText, ""},
		{"no source of a key", "client: {assertion: {key: {password: x}}}", "client.assertion.key", "line 1: no source is given", "write one of " + sourcesText, ""},
		{"second of a list", "client: {secret: [a, {env: A, file: B}]}", "client.secret[1]", "line 1: env and file are given", "", ""},
		{"empty source", "client: {secret: {env: ''}}", "client.secret.env", "line 1: env is empty", "write what env is to read, or remove it", ""},
		{"command as text", "client: {secret: {command: pass show x}}", "client.secret.command", "line 1: found text, want a list", "write a list", ""},
		{"misspelt source", "client: {secret: {fiel: x}}", "client.secret.fiel", `line 1: unknown field "fiel"`, `write "file"`, "file"},
		{"other word for a source", "client: {secret: {path: x}}", "client.secret.path", `line 1: unknown field "path"`, `write "file"`, "file"},
		{"secret in braces", "client: {secret: {hunter2}}", "client.secret", "line 1: unknown field (name not shown)", "remove it", ""},
		{"key as path", "client: {assertion: {key: k.pem}}", "client.assertion.key", "line 1: found text, want a mapping that says where the key comes from", "write {file: ...}", "{file: ...}"},
		{"key as text", "tls: {ca: \"-----BEGIN CERTIFICATE-----\\n\"}", "tls.ca", "line 1: found text, want a mapping that says where the key comes from", "write {value: ...}", "{value: ...}"},
		{"passphrase of a key", "tls: {client: {key: {file: a, passphrase: b}}}", "tls.client.key.passphrase", `line 1: unknown field "passphrase"`, `write "password"`, "password"},
		{"mapping as parameter", "request: {params: {a: {b: c}}}", "request.params.a", "line 1: found a mapping, want text", "write JSON as text, in quotes", ""},
		{"list in a list of parameters", "request: {params: {a: [x, [y]]}}", "request.params.a[1]", "line 1: found a list, want text", "", ""},
		{"infinite claim", "client: {assertion: {claims: {a: [.inf]}}}", "client.assertion.claims.a[0]", "line 1: JSON has no infinity and no NaN", "", ""},
		{"nan claim", "client: {assertion: {claims: {a: .NaN}}}", "client.assertion.claims.a", "line 1: JSON has no infinity and no NaN", "", ""},
		{"claims as text", "client: {assertion: {claims: a}}", "client.assertion.claims", "line 1: found text, want a mapping", "", ""},
		{"field of a step", "steps: [{url: a}, {ulr: b}]", "steps[1].ulr", `line 1: unknown field "ulr"`, `write "url"`, "url"},
		{"version", "version: 2\nfoo: bar", "version", "line 1: an unknown version of the document format", "write version: 1", "1"},
		{"version as text", "version: '1'", "version", "line 1: found text, want a whole number", "", ""},
		{"role", "kind: role\nmembers: [a]", "kind", "line 1: kind role belongs to a server; it is not supported yet", "", "connection"},
		{"kind", "kind: conection", "kind", `line 1: "conection" is not one of connection, role`, "write connection", "connection"},
		{"own tag", "client: {secret: !env FOO}", "client.secret", "line 1: a YAML tag (!name) is not understood here", "remove the tag", ""},
		{"binary tag", "client: {secret: !!binary Zm9v}", "client.secret", "line 1: a YAML tag (!name) is not understood here", "remove the tag", ""},
		{"name that is a list", "? [a]\n: b", "", "line 1: the name of a field is not text", "", ""},
		{"merge of text", "<<: a", "", "line 1: << wants a mapping, or a list of mappings", "", ""},
		{"half a character", `{"name": "\ud83d"}`, "name", "line 1: a \\u escape that is no character", "", ""},
		{"root as text", "client_secret:abc", "", "line 1: found text, want a mapping", "write \"name: value\" lines (with a space after the colon)", ""},
		{"root as list", "- name: a", "", "line 1: found a list, want a mapping", "", ""},
		{"two documents", "name: a\n---\nname: b", "", "line 2: a second document begins", "write one document per file", ""},
		{"empty", "", "", "the document is empty", "write a connection: token_url, client.id and grant.type at least", ""},
		{"only comments", "# nothing\n---\n", "", "the document is empty", "", ""},
		{"tab", "client:\n\tid: a", "", "line 2: a tab in the indentation; YAML wants spaces", "indent with spaces", ""},
		{"tab before a list", "a:\n\t- x", "", "line 2: a tab in the indentation", "", ""},
		{"open quote", "name: 'a\nb: c", "", "line 2: found unexpected end of stream (while scanning a quoted scalar that begins in line 1)", "", ""},
		{"two colons", "name: a: b", "", "line 1: mapping values are not allowed in this context", "put a value with a colon in quotes", ""},
		{"key without a block", "key: -----BEGIN X-----\nMII\n-----END X-----\n", "", "line 3: could not find expected ':'", "a key file after \"|\"", ""},
		{"at sign", "name: @a", "", "line 1: found character that cannot start any token", "in quotes", ""},
		{"unknown alias", "name: *abc", "", "line 1: an alias (*name) without its anchor (&name)", "in quotes", ""},
		{"json comma", "{\"name\": \"a\",\n}", "", "line 2: the document is not valid JSON: an invalid character looking for beginning of object key string", "correct the JSON there", ""},
		{"json without an end", `{"name": "a"`, "", "line 1: the document is not valid JSON: unexpected end of JSON input", "", ""},
		{"json twice", "{\"name\": \"a\"}\n{\"name\": \"b\"}", "", "line 2: the document is not valid JSON: an invalid character after top-level value", "", ""},
		{"utf-16", "\xff\xfen\x00a\x00", "", "the document is UTF-16", "save it as UTF-8", ""},
		{"utf-16 without a mark", "n\x00a\x00m\x00e\x00", "", "the document is UTF-16", "", ""},
		{"latin-1", "name: a\ntitle: Caf\xe9", "", "line 2: a character that is not UTF-8", "save the document as UTF-8", ""},
		{"binary", "\x01\x02\x03\x00\x00", "", "the file is binary, not a connection document", "", ""},
		{"der", "\x30\x82\x01\x00", "", "the file is a key or a key store, not a connection document", "", ""},
		{"pem", "-----BEGIN PRIVATE KEY-----\nMII\n", "", "the file is a PEM file, not a connection document", "", ""},
		{"zip", "PK\x03\x04", "", "the file is a ZIP archive, not a connection document", "", ""},
		{"gzip", "\x1f\x8b\x08", "", "the file is compressed with gzip", "", ""},
		{"control character", "name: a\x01", "", "control characters are not allowed", "", ""},
		{"too large", "name: " + strings.Repeat("a", maxDocument), "", "the document is larger than 1 MiB", "", ""},
		{"too deep", "client: {assertion: {claims: {a: " + strings.Repeat("[", 40) + strings.Repeat("]", 40) + "}}}", "", "line 1: nested deeper than 32 levels", "", ""},
		{"too deep in json", `{"vars": ` + strings.Repeat("[", 40) + strings.Repeat("]", 40) + "}", "", "line 1: nested deeper than 32 levels", "", ""},
		{"far too deep", strings.Repeat("[", 20000), "", "line 1: nested deeper than 32 levels", "", ""},
		{"alias in itself", "labels: &a {b: *a}", "", "line 1: nested deeper than 32 levels", "", ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			c, err := Parse([]byte(row.document))
			if c != nil {
				t.Error("a connection and an error")
			}
			e := documentError(t, err)
			if len(e.Findings) != 1 {
				t.Fatalf("%d findings: %s", len(e.Findings), documentReport(err))
			}
			f := e.Findings[0]
			deep := strings.Contains(row.problem, "nested deeper") // where exactly does not matter
			if string(f.Parameter) != row.parameter && !deep {
				t.Errorf("parameter %q, want %q", f.Parameter, row.parameter)
			}
			if !strings.Contains(f.Problem, row.problem) {
				t.Errorf("problem %q, want %q", f.Problem, row.problem)
			}
			if !strings.Contains(f.Fix, row.fix) {
				t.Errorf("fix %q, want %q", f.Fix, row.fix)
			}
			if f.Proposed != row.proposed {
				t.Errorf("proposed %q, want %q", f.Proposed, row.proposed)
			}
			if !f.Certain || f.Warning || f.Problem == "" {
				t.Errorf("%+v", f)
			}
		})
	}
}

func TestParseReportsAllProblemsInOrder(t *testing.T) {
	_, err := Parse([]byte("client:\n  secrt: a\n  auth: basic\n  auth: post\nscope: a\nrefresh: {keep_alive: x}\n"))
	e := documentError(t, err)
	var got []string
	for _, f := range e.Findings {
		got = append(got, string(f.Parameter))
	}
	if diff := cmp.Diff([]string{"client.secrt", "client.auth", "client.auth", "scope", "refresh.keep_alive"}, got); diff != "" {
		t.Error(diff)
	}
	if want := `read connection document: client.secrt: line 2: unknown field "secrt" (and 4 more)`; e.Error() != want {
		t.Errorf("got %s, want %s", e.Error(), want)
	}
	if e.Category() != DocumentInvalid || e.Stage != StageConfig || e.ExitCode() != 3 {
		t.Errorf("category %s, stage %s, exit %d", e.Category(), e.Stage, e.ExitCode())
	}
}

// A document of nothing but mistakes, and a bomb, end soon and with a short report.
func TestParseIsBounded(t *testing.T) {
	bomb := "labels: &a0 {k: v}\n"
	for i := range 12 {
		bomb += fmt.Sprintf("x%d: &a%d [%s]\n", i, i+1, strings.Repeat(fmt.Sprintf("*a%d, ", i), 20))
	}
	merges := "a0: &a0 {k: v}\n"
	for i := range 2000 {
		merges += fmt.Sprintf("a%d: &a%d {<<: *a%d, k%d: v}\n", i+1, i+1, i, i)
	}
	many := new(strings.Builder)
	for i := range 60_000 {
		fmt.Fprintf(many, "wrong_name%d: a\n", i)
	}
	for name, document := range map[string]string{"aliases": bomb, "merges": merges, "mistakes": many.String(), "flow": strings.Repeat("{a: ", 30_000), "open lists": strings.Repeat("- ", 500_000)} {
		t.Run(name, func(t *testing.T) {
			start := time.Now()
			_, err := Parse([]byte(document))
			e := documentError(t, err)
			if took := time.Since(start); took > 5*time.Second {
				t.Errorf("took %s", took)
			}
			if len(e.Findings) > doctree.MaxProblems {
				t.Errorf("%d findings", len(e.Findings))
			}
		})
	}
}

// A field of a new type needs a rule; this decodes every kind of node into every field.
func TestEveryFieldHasARule(t *testing.T) {
	paths := documentPaths(reflect.TypeFor[Connection](), "")
	if len(paths) < 100 {
		t.Fatalf("only %d paths", len(paths))
	}
	for _, path := range paths {
		for _, value := range []string{"a", "1", "true", "[a]", "{a: b}", "[{a: b}]", "~"} {
			document, parts := value, strings.Split(path, ".")
			for i := len(parts) - 1; i >= 0; i-- {
				document = "{" + parts[i] + ": " + document + "}"
			}
			if _, err := Parse([]byte(document)); err != nil {
				for _, f := range documentError(t, err).Findings {
					if !strings.HasPrefix(string(f.Parameter), parts[0]) {
						t.Errorf("%s: %+v", document, f)
					}
				}
			}
		}
	}
}

func TestLoad(t *testing.T) {
	dir := t.TempDir()
	writeDocument(t, filepath.Join(dir, "secret.txt"), "from a file\n")
	writeDocument(t, filepath.Join(dir, "good.yaml"), "client: {id: a, secret: {file: secret.txt}}")
	writeDocument(t, filepath.Join(dir, "bad.yaml"), "client: {idd: a}")
	writeDocument(t, filepath.Join(dir, "missing.yaml"), "client: {secret: {file: none.txt}}")
	writeDocument(t, filepath.Join(dir, "large.yaml"), strings.Repeat("#", maxDocument+1))
	c, err := Load(filepath.Join(dir, "good.yaml"))
	if err != nil || c.Client.Secret[0].Value.Reveal() != "from a file" {
		t.Errorf("%v, %v", c, err)
	}
	for _, row := range []struct {
		name, file, want string
		category         Category
	}{
		{"unknown field", "bad.yaml", `bad.yaml: read connection document: client.idd: line 1: unknown field "idd"`, DocumentInvalid},
		{"no source", "missing.yaml", "missing.yaml: read secrets: client.secret: the file none.txt: no such file", KeyUnusable},
		{"no document", "nothing.yaml", "nothing.yaml: no such file", DocumentInvalid},
		{"a folder", ".", "is a directory", DocumentInvalid},
		{"too large", "large.yaml", "larger than 1 MiB", DocumentInvalid},
	} {
		t.Run(row.name, func(t *testing.T) {
			c, err := Load(filepath.Join(dir, row.file))
			if err == nil || c != nil || !strings.Contains(err.Error(), row.want) || CategoryOf(err) != row.category {
				t.Errorf("%v, %v (%s)", c, err, CategoryOf(err))
			}
		})
	}
	if _, err := Load(filepath.Join(dir, "nothing.yaml")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("%v is not os.ErrNotExist", err)
	}
}

func documentError(t *testing.T, err error) *Error {
	t.Helper()
	var e *Error
	if !errors.As(err, &e) {
		t.Fatalf("no *Error but %T: %v", err, err)
	}
	if len(e.Findings) == 0 {
		t.Fatalf("no findings: %v", err)
	}
	return e
}

// documentReport is an error with all of its findings.
func documentReport(err error) string {
	text := err.Error()
	var e *Error
	if errors.As(err, &e) {
		for _, f := range e.Findings {
			text += fmt.Sprintf("\n  %s: %s; %s; %q", f.Parameter, f.Problem, f.Fix, f.Proposed)
		}
	}
	return text
}

func writeDocument(t *testing.T, path, content string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}
