package jeton_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jeton-oauth/jeton"
)

// form is a reply with the label of a form.
func form(body string) served {
	return status(200, body, "Content-Type", "application/x-www-form-urlencoded")
}

// hostileBeyond are replies of the same kind as those of the corpus, which are
// not in it: what becomes of them follows from its principles.
func hostileBeyond() []hostileRow {
	return slices.Concat(beyondExpiry(), beyondShape(), beyondForms(), beyondErrors(), beyondTokens(), beyondScopes(), beyondDates())
}

// X101: numbers that are none, and numbers at the edge.
func beyondExpiry() []hostileRow {
	row := hostileRow{id: "X101"}
	for value, want := range map[string]time.Duration{
		`" 3600 "`: time.Hour, `"\t3600\n"`: time.Hour, `"+5"`: seconds(5), `"3600."`: time.Hour, `"3.6E3"`: time.Hour, `"003600"`: time.Hour, `3600.9`: time.Hour,
		`1.0000000000000001e3`: seconds(1000), `"` + strings.Repeat("0", 3000) + `60"`: time.Minute, `60.` + strings.Repeat("0", 3000): time.Minute, `6000000000e-8`: time.Minute,
		`""`: seconds(300), `"  "`: seconds(300),
	} {
		from := "reply"
		if want == seconds(300) {
			from = "default"
		}
		row.cases = append(row.cases, hostileCase{name: cutName(value), reply: granted(`"expires_in":` + value), check: lives(want, from)})
	}
	for _, value := range []string{`1e400`, `"1e400"`, `1e99999999999999999999`, `1` + strings.Repeat("0", 30000), `"9e18"`, `4294967295`, `9007199254740993`} {
		row.cases = append(row.cases, hostileCase{name: cutName(value), reply: granted(`"expires_in":` + value), parameter: "response.expires_format", check: lives(tenYears, "reply (capped)")})
	}
	for _, value := range []string{`"0x10"`, `"3600s"`, `"1h"`, `"NaN"`, `"nan"`, `"Infinity"`, `"inf"`, `"-inf"`, `"1_000"`, `"1,000"`, `"3600 3600"`, `"３６００"`, `"٣٦٠٠"`, `"null"`, `"true"`, `"0b11"`, `"1e"`, `"--5"`, `"36\u000000"`,
		`"2026-11-21T12:00:00Z"`, `-0`, `-0.0`, `0e10`, `0.5`, `1e-400`, `-1e400`, `"-0"`, `"0.0"`, `false`, `{"seconds":3600}`, `{"$numberLong":"3600"}`, `[3600]`, `[[3600]]`} {
		row.cases = append(row.cases, hostileCase{name: cutName(value), reply: granted(`"expires_in":` + value), category: jeton.BadExpiresIn, parameter: "response.expires_in", says: "expires_in "})
	}
	for _, value := range []string{`0x10`, `+5`, `NaN`, `Infinity`, `-`, `1.`, `.5`, `01`, `1e`, `'3600'`, `undefined`, `1_000`} {
		row.cases = append(row.cases, hostileCase{name: "bare " + value, reply: granted(`"expires_in":` + value), category: jeton.MalformedResponse, says: "no JSON"})
	}
	for format, values := range map[string][]string{
		"milliseconds": {`0.5`, `999`, `-1`, `"x"`}, "epoch": {`1`, `-1e300`, `"12:00"`, `true`}, "epoch_ms": {`1`, `1000`, `[]`},
		"rfc3339": {`3600`, `"2026-13-01T00:00:00Z"`, `"0000-01-01T00:00:00Z"`, `"2026-11-21"`, `"now"`, `"1970-01-01T00:00:00Z"`, `{}`},
	} {
		for _, value := range values {
			row.cases = append(row.cases, hostileCase{name: format + " " + value, reply: granted(`"expires_in":` + value), category: jeton.BadExpiresIn, parameter: "response.expires_in",
				change: func(c *jeton.Connection) { c.Response.ExpiresFormat = format }})
		}
	}
	for format, value := range map[string]string{"milliseconds": `1e300`, "epoch": `1e300`, "epoch_ms": `1e19`, "rfc3339": `"9999-12-31T23:59:60.999999999+23:59"`} {
		c := hostileCase{name: format + " " + value, reply: granted(`"expires_in":` + value), parameter: "response.expires_format", check: lives(tenYears, "reply (capped)"),
			change: func(c *jeton.Connection) { c.Response.ExpiresFormat = format }}
		if format == "rfc3339" { // a leap second is no time that Go knows
			c.category, c.parameter, c.check = jeton.BadExpiresIn, "response.expires_in", nil
		}
		row.cases = append(row.cases, c)
	}
	jwt := hostileRow{id: "X102"} // exp of an access token is a hint, and none where it makes no sense
	for _, claims := range []string{`{"exp":"1795273200"}`, `{"exp":1e400}`, `{"exp":1e300}`, `{"exp":null}`, `{"exp":{}}`, `{"exp":1,"exp":9999999999}`, `[1]`, `{"EXP":9999999999}`, `{`, ``, strings.Repeat("[", 5000), `{"exp":9999999999}{}`} {
		jwt.cases = append(jwt.cases, hostileCase{name: cutName(claims), reply: ok(`{"token_type":"Bearer","access_token":"` + unsignedJWT(claims) + `"}`), check: lives(seconds(300), "default")})
	}
	jwt.cases = append(jwt.cases,
		hostileCase{name: "the year 9999", reply: ok(`{"token_type":"Bearer","access_token":"` + unsignedJWT(`{"exp":253402300799}`) + `"}`), parameter: "response.expires_format", check: lives(tenYears, "jwt (capped)")},
		hostileCase{name: "four parts", reply: ok(`{"token_type":"Bearer","access_token":"` + unsignedJWT(`{"exp":1}`) + `.x"}`), check: lives(seconds(300), "default")},
		hostileCase{name: "five parts", reply: ok(`{"token_type":"Bearer","access_token":"a.` + b64(`{"exp":1}`) + `.c.d.e"}`), check: lives(seconds(300), "default")})
	return []hostileRow{row, jwt}
}

func b64(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }

func cutName(s string) string { return fmt.Sprintf("%.30s %d", s, len(s)) }

// X103 to X105: duplicates, what stands round the JSON, and what is not JSON.
func beyondShape() []hostileRow {
	const broken = jeton.MalformedResponse
	token := granted("").body
	nested := func(c *jeton.Connection) { c.Response.AccessToken = "data.access_token" }
	twice := hostileRow{"X103", []hostileCase{
		{name: "in the object that holds the token", reply: ok(`{"data":{"access_token":"a","access_token":"b"}}`), change: nested, category: broken, says: `"access_token"`},
		{name: "of the object that holds the token", reply: ok(`{"data":{"access_token":"a"},"data":{"access_token":"b"}}`), change: nested, category: broken, says: `"data"`},
		{name: "elsewhere", reply: granted(`"x":[{"y":{"z":1,"z":1}}]`), category: broken, says: `"z"`},
		{name: "escaped", reply: granted(`"access\u005ftoken":"b"`), category: broken, says: `"access_token"`},
		{name: "escaped both ways", reply: granted(`"\u0061\u0063cess_token":"b","x\/y":1,"x/y":2`), category: broken, says: `"access_token"`},
		{name: "the same value", reply: granted(`"expires_in":60,"expires_in":60`), category: broken, says: `"expires_in"`},
		{name: "broken halves", reply: granted(`"\ud800":1,"\udfff":2`), category: broken, says: "twice"},
		{name: "in other letters is another member", reply: granted(`"Access_Token":"b","EXPIRES_IN":1,"Error":"x"`), check: lives(seconds(300), "default")},
		{name: "full width is another member", reply: granted(`"ａccess_token":"b"`), check: lives(seconds(300), "default")},
		{name: "an error, twice", reply: status(400, `{"error":"invalid_grant","error":"invalid_client"}`), category: jeton.Provider4xxOther}}}
	round := hostileRow{"X104", nil}
	for name, body := range map[string]string{
		"garbage after": token + "x", "another document": token + token, "a line each": token + "\n" + token, "a bracket": token + "}", "NUL after": token + "\x00", "comment after": token + "// x", "semicolon": token + ";",
		"NUL before": "\x00" + token, "JSONP": "callback(" + token + ")", "prefix against JSONP": ")]}'\n" + token, "while(1)": "while(1);" + token, "for(;;)": "for(;;);" + token, "three marks": "\xef\xbb\xbf\xef\xbb\xbf\xef\xbb\xbf" + token,
		"a mark inside": `{"access_token"` + "\ufeff" + `:"x"}`, "a mark after": token + "\ufeff", "UTF-16LE": utf16(token, false), "UTF-16BE": utf16(token, true), "UTF-16 with a mark": "\xff\xfe" + utf16(token, false), "UTF-32": strings.Join(strings.Split(token, ""), "\x00\x00\x00") + "\x00\x00\x00",
		"single quotes": strings.ReplaceAll(token, `"`, `'`), "no quotes": `{access_token:` + hostileToken + `}`, "comment": `{/* x */"access_token":"x"}`, "comma at the end": `{"access_token":"x",}`, "vertical tab": "\v" + token, "non-breaking space": "\u00a0" + token,
		"YAML": "access_token: " + hostileToken + "\ntoken_type: Bearer", "the token alone": hostileToken, "the token in quotes and more": `"` + hostileToken + `",`, "multipart": "--x\r\nContent-Disposition: form-data; name=\"access_token\"\r\n\r\n" + hostileToken + "\r\n--x--",
		"base64": base64.StdEncoding.EncodeToString([]byte(token)), "line break in a string": `{"access_token":"a` + "\n" + `b"}`, "tab in a string": `{"access_token":"a` + "\t" + `b"}`, "bad escape": `{"access_token":"\x41"}`, "short escape": `{"access_token":"\u41"}`,
		"server-sent events": "data: " + token + "\n\n", "NDJSON": `{"a":1}` + "\n" + token, "CBOR": "\xa1\x6caccess_token\x61x", "MessagePack": "\x81\xacaccess_token\xa1x", "PEM": "-----BEGIN PRIVATE KEY-----\n" + foreignBody, "HTTP in HTTP": "HTTP/1.1 200 OK\r\n\r\n" + token,
	} {
		round.cases = append(round.cases, hostileCase{name: name, reply: ok(body), category: broken, says: "the reply cannot be used"})
	}
	round.cases = append(round.cases, hostileCase{name: "blank round it", reply: ok("\r\n\t " + token + " \r\n"), check: lives(seconds(300), "default")})
	other := hostileRow{"X105", nil}
	for name, body := range map[string]string{"null": `null`, "true": `true`, "number": `42`, "string": `"` + hostileToken + `"`, "a JWT as string": `"` + unsignedJWT(`{}`) + `"`, "empty array": `[]`, "empty object": `{}`, "array of strings": `["` + hostileToken + `"]`, "array of arrays": `[["` + hostileToken + `"]]`,
		"only a refresh token": `{"refresh_token":"` + hostileRefresh + `"}`, "another name": `{"accessToken":"` + hostileToken + `"}`, "blank in the name": `{"access_token ":"` + hostileToken + `"}`, "deep": strings.Repeat(`{"a":`, 15) + `{"access_token":"x"}` + strings.Repeat("}", 15)} {
		other.cases = append(other.cases, hostileCase{name: name, reply: ok(body), category: jeton.NoTokenInResponse, parameter: "response.access_token"})
	}
	for name, body := range map[string]string{"SAML": `<samlp:Response xmlns:samlp="x">` + hostileToken + `</samlp:Response>`, "SOAP": `<?xml version="1.0"?><soap:Envelope>` + hostileToken + `</soap:Envelope>`, "entities": `<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "` + foreignBody + `"><!ENTITY c "&b;&b;&b;">]><a>&c;</a>`,
		"hidden fields": `<html><form><input type="hidden" name="access_token" value="` + hostileToken + `"></form></html>`, "title without end": "<html><title>" + strings.Repeat("<title", 9000), "many titles": strings.Repeat("<title></title>", 3000), "a title of escapes": "<title>\x1b[2J&#27;[31m&#x202e;</title>"} {
		c := hostileCase{name: name, reply: status(200, body, "Content-Type", "text/xml"), category: broken, parameter: "token_url", says: "the server returned"}
		if strings.HasPrefix(body, "<?xml") {
			c.parameter = ""
		}
		other.cases = append(other.cases, c)
	}
	return []hostileRow{twice, round, other}
}

func utf16(s string, big bool) string {
	b := make([]byte, 0, 2*len(s))
	for i := range len(s) {
		if big {
			b = append(b, 0, s[i])
		} else {
			b = append(b, s[i], 0)
		}
	}
	return string(b)
}

// X106: forms.
func beyondForms() []hostileRow {
	const broken, none = jeton.MalformedResponse, jeton.NoTokenInResponse
	return []hostileRow{{"X106", []hostileCase{
		{name: "member twice", reply: form("access_token=a&expires_in=1&expires_in=1"), category: broken, says: `"expires_in"`},
		{name: "bad escape", reply: form("access_token=%zz"), category: broken},
		{name: "bad escape in a name", reply: form("access_token=a&%=b"), category: broken},
		{name: "semicolons", reply: form("access_token=a;expires_in=60"), category: broken},
		{name: "empty token", reply: form("access_token=&expires_in=60"), category: none, parameter: "response.access_token", says: "is empty"},
		{name: "no value", reply: form("access_token"), category: none, parameter: "response.access_token", says: "is empty"},
		{name: "escaped line break", reply: form("access_token=a%0d%0aX:+y"), category: none, parameter: "response.access_token"},
		{name: "escaped NUL", reply: form("access_token=a%00"), category: none, parameter: "response.access_token"},
		{name: "plus is a blank", reply: form("access_token=a+b"), category: none, parameter: "response.access_token", says: "cannot stand in a header"},
		{name: "the token alone", reply: form(hostileToken), category: broken},
		{name: "the token alone, in base64", reply: form(base64.StdEncoding.EncodeToString([]byte(hostileToken + "1"))), category: broken},
		{name: "the token alone, as JWT", reply: form(unsignedJWT(`{"sub":"` + hostileToken + `"}`)), category: broken},
		{name: "JSON under the label", reply: form(granted(`"expires_in":60`).body), check: lives(time.Minute, "reply")},
		{name: "a mark before it", reply: form("\ufeffaccess_token=" + hostileToken + "&token_type=bearer&expires_in=60"), check: lives(time.Minute, "reply")},
		{name: "50000 pairs", reply: form("access_token=a&" + strings.Repeat("b&", 30000)), category: broken},
		{name: "brackets", reply: form("access_token[]=a"), category: none, parameter: "response.access_token", says: "is missing"},
		{name: "a form in JSON", reply: ok(`"access_token=` + hostileToken + `"`), category: none, parameter: "response.access_token"},
		{name: "an error beside a token", reply: form("access_token=" + hostileToken + "&error=invalid_grant"), category: jeton.InvalidGrant},
		{name: "an error without label", reply: status(400, "error=invalid_grant&error_description=a%1b%5b2Jb", "Content-Type", "text/plain"), category: jeton.InvalidGrant, check: coded("invalid_grant", "a?[2Jb", 400)},
		{name: "a query in a page", reply: status(200, "?access_token="+hostileToken, "Content-Type", "text/plain"), category: broken},
		{name: "a fragment", reply: status(200, "#access_token="+hostileToken+"&expires_in=60", "Content-Type", "text/plain"), category: broken}}}}
}

// X107 and X108: errors of every form.
func beyondErrors() []hostileRow {
	long := func(quote string) string { return strings.Repeat(quote, (1<<20)/len(quote)) }
	refusal := func(members string) served { return status(400, `{"error":"invalid_grant",`+members+`}`) }
	shapes := hostileRow{"X107", []hostileCase{
		{name: "number", reply: ok(`{"error":5}`), category: jeton.Provider4xxOther, check: coded("5", "", 200)},
		{name: "huge number", reply: ok(`{"error":1e400}`), category: jeton.Provider4xxOther},
		{name: "true", reply: granted(`"error":true,"message":"no"`), category: jeton.Provider4xxOther, check: coded("", "no", 200)},
		{name: "object", reply: granted(`"error":{"code":"invalid_client","message":"no"}`), category: jeton.InvalidClient, check: coded("invalid_client", "no", 200)},
		{name: "array", reply: granted(`"error":["no"]`), category: jeton.Provider4xxOther, check: coded("", "no", 200)},
		{name: "array of objects", reply: granted(`"error":[{"code":"x","detail":"no"}]`), category: jeton.Provider4xxOther, check: coded("x", "no", 200)},
		{name: "nested deep", reply: status(400, `{"error":`+strings.Repeat(`{"error":`, 40)+`"invalid_grant"`+strings.Repeat("}", 41)), category: jeton.Provider4xxOther},
		{name: "blank", reply: granted(`"error":" "`), category: jeton.Provider4xxOther},
		{name: "invalid UTF-8", reply: status(400, "{\"error\":\"invalid_grant\",\"error_description\":\"a\xff\xfeb\"}"), category: jeton.InvalidGrant, check: coded("invalid_grant", "a\ufffd\ufffdb", 400)},
		{name: "lone surrogates", reply: refusal(`"error_description":"a\ud800b\udc00"`), category: jeton.InvalidGrant, check: coded("invalid_grant", "a\ufffdb\ufffd", 400)},
		{name: "description is a number", reply: refusal(`"error_description":5`), category: jeton.InvalidGrant, check: coded("invalid_grant", "5", 400)},
		{name: "description is an object", reply: refusal(`"error_description":{"a":"b"}`), category: jeton.InvalidGrant, check: coded("invalid_grant", "", 400)},
		{name: "null is none", reply: granted(`"error":null,"error_description":"` + foreignBody + `"`), check: lives(seconds(300), "default")},
		{name: "an empty one is none", reply: granted(`"error":"","errors":[],"error_description":""`), check: lives(seconds(300), "default")},
		{name: "false is none", reply: granted(`"error":false`), check: lives(seconds(300), "default")},
		{name: "0 is none", reply: granted(`"error":0,"errorCode":0`), check: lives(seconds(300), "default")},
		{name: "a JWT in the code", reply: status(400, `{"error":"`+unsignedJWT(`{"sub":"`+hostileToken+`"}`)+`"}`), category: jeton.Provider4xxOther, check: coded(jeton.Redacted, "", 400)}}}
	size := hostileRow{"X108", []hostileCase{
		{name: "description of 1 MB", reply: refusal(`"error_description":"` + long("a") + `"`), category: jeton.InvalidGrant, check: harmless},
		{name: "description of 1 MB, first", reply: status(400, `{"error_description":"`+long("a")+`","error":"invalid_grant"}`), category: jeton.Provider4xxOther, check: harmless},
		{name: "in an object", reply: status(400, `{"error":{"code":"invalid_client","message":"`+long("a")+`"}}`), category: jeton.InvalidClient, check: harmless},
		{name: "in an array", reply: status(400, `{"errors":[{"code":"invalid_client","message":"`+long("a")+`"}]}`), category: jeton.InvalidClient, check: harmless},
		{name: "a code of 1 MB", reply: status(400, `{"error":"`+long("a")+`"}`), category: jeton.Provider4xxOther, check: harmless},
		{name: "200 and 1 MB", reply: ok(`{"error":"invalid_client","error_description":"` + long("a") + `"}`), category: jeton.MalformedResponse, parameter: "token_url", says: "64 KiB"},
		{name: "twice, and 1 MB", reply: status(400, `{"error":"invalid_grant","error":"invalid_grant","x":"`+long("a")+`"}`), category: jeton.Provider4xxOther}}}
	for i, filler := range []string{"é", `\u00e9`, `\ud83d\ude00`, `\\`, `\"`, "\u202e", `\u001b[31m`, "😀", "ab\\n", "AAAA", "=", "61"} {
		for shift := range 3 {
			size.cases = append(size.cases, hostileCase{name: fmt.Sprintf("cut in filler %d after %d", i, shift), category: jeton.InvalidGrant, check: harmless,
				reply: refusal(`"error_description":"` + strings.Repeat("x", shift) + long(filler) + `"`)})
		}
	}
	return []hostileRow{shapes, size}
}

// X109 and X110: the other members of a token.
func beyondTokens() []hostileRow {
	typed := func(value string) served {
		return ok(`{"access_token":"` + hostileToken + `","expires_in":60,"token_type":` + value + `}`)
	}
	types := hostileRow{id: "X109"}
	for _, value := range []string{`["Bearer"]`, `{"type":"Bearer"}`, `5`, `true`, `" Bearer"`, `"Bearer\r\nX: y"`, `"Bearer DPoP"`, `"Вearer"`, `"` + strings.Repeat("B", 60000) + `"`, `"Bearer\u0000"`, `"basic"`} {
		types.cases = append(types.cases, hostileCase{name: cutName(value), reply: typed(value), category: jeton.UnsupportedTokenType, parameter: "usage"})
	}
	for _, value := range []string{`"N_A"`, `"n_a"`, `"DPoP"`, `"MAC"`, `"pop y"`, `"a\nb"`} {
		types.cases = append(types.cases, hostileCase{name: "with usage.scheme " + value, reply: typed(value), category: jeton.UnsupportedTokenType, parameter: "usage",
			change: func(c *jeton.Connection) { c.Usage.Scheme = "Own" }})
	}
	others := hostileRow{id: "X110"}
	for name, members := range map[string]string{
		"id_token of every form": `"id_token":[1]`, "id_token with a line break": `"id_token":"a\nb"`, "id_token of 60 KB": `"id_token":"` + strings.Repeat("a", 60000) + `"`,
		"unknown members": `"cnf":{"jkt":"x"},"__proto__":{"access_token":"y"},"constructor":1,"":{"":""}`, "issued_token_type": `"issued_token_type":["x"]`, "10000 members": manyMembers(5000),
	} {
		others.cases = append(others.cases, hostileCase{name: name, reply: granted(members), check: lives(seconds(300), "default")})
	}
	for name, value := range map[string]string{"lone surrogate": `"a\ud800"`, "invalid UTF-8": "\"a\xff\"", "array": `["` + hostileRefresh + `x"]`, "boolean": `true`, "NUL": `"a\u0000"`, "60 KB": `"` + strings.Repeat("r", 60000) + `"`, "DEL": `"a\u007f"`} {
		others.cases = append(others.cases, hostileCase{name: "refresh_token: " + name, reply: granted(`"refresh_token":` + value), category: jeton.MalformedResponse, says: "refresh token",
			change: func(c *jeton.Connection) {
				if c.Grant.Type == "client_credentials" { // which relies on none
					c.Grant = jeton.GrantOptions{Type: "password", Username: "u", Password: jeton.SecretValue(hostileSecret)}
				}
			}})
	}
	for _, value := range []string{`"a\u0085b"`, `"a\u2028b"`, `"a\ud800"`, `"a\u007f"`, `"a\tb"`, `"Bearer x"`, `" x"`, `"x\n"`, `"\u200bx"`, `"\ufeffx"`, `"a\u202eb"`, `true`, `["x"]`, `{"value":"x"}`} {
		others.cases = append(others.cases, hostileCase{name: "access_token " + value, reply: ok(`{"token_type":"Bearer","access_token":` + value + `}`), category: jeton.NoTokenInResponse, parameter: "response.access_token"})
	}
	return []hostileRow{types, others}
}

func manyMembers(n int) string {
	members := make([]string, n)
	for i := range members {
		members[i] = fmt.Sprintf(`"m%d":[]`, i)
	}
	return strings.Join(members, ",")
}

// X111: scopes.
func beyondScopes() []hostileRow {
	warned := func(scope string, words ...string) func(*testing.T, outcome) {
		return func(t *testing.T, out outcome) {
			t.Helper()
			for _, w := range words {
				if !strings.Contains(out.token.Warnings[0].Evidence+out.token.Warnings[0].Problem, w) {
					t.Errorf("no %q in %+v", w, out.token.Warnings)
				}
			}
			if scope != "" && out.token.Scope != scope || len([]rune(out.token.Scope)) > 4096 || len([]rune(out.token.Warnings[0].Evidence)) > 500 {
				t.Errorf("scope %.100q, evidence %q", out.token.Scope, out.token.Warnings[0].Evidence)
			}
		}
	}
	row := hostileRow{"X111", []hostileCase{
		{name: "another one", reply: granted(`"scope":"read admin"`), parameter: "scopes", check: warned("read admin", "missing: write; added: admin; asked: read, write; granted: admin, read")},
		{name: "more", reply: granted(`"scope":"read write admin"`), parameter: "scopes", check: warned("", "missing: none; added: admin;")},
		{name: "fewer", reply: granted(`"scope":["read"]`), parameter: "scopes", check: warned("read", "missing: write; added: none;")},
		{name: "object", reply: granted(`"scope":{"read":true}`), parameter: "scopes", check: warned("read write", "an object")},
		{name: "number", reply: granted(`"scope":7`), parameter: "scopes", check: warned("read write", "a number")},
		{name: "array of objects", reply: granted(`"scope":[{"name":"read"}]`), parameter: "scopes", check: warned("read write", "an array")},
		{name: "30000 words", reply: granted(`"scope":"` + strings.Repeat("a b ", 15000) + `"`), parameter: "scopes", check: warned("", "added: a, b;")},
		{name: "100000 words are too large", reply: granted(`"scope":"` + strings.Repeat("a ", 100000) + `"`), category: jeton.MalformedResponse, parameter: "token_url"},
		{name: "10000 different ones", reply: granted(`"scope":"` + manyWords(8000) + `"`), parameter: "scopes", check: warned("", "missing: read, write;")},
		{name: "terminal", reply: granted(`"scope":"read \u001b[2J\u202e\u0000"`), parameter: "scopes", check: warned("read ?[2J??", "added:")},
		{name: "the secret, cut", reply: granted(`"scope":` + jsonString(strings.Repeat("y", 4090)+" "+hostileSecret+" "+hostileRefresh)), parameter: "scopes"},
		{name: "the previous token", reply: granted(`"scope":"` + strings.Repeat("z", 470) + hostilePrevious + `"`), parameter: "scopes"},
	}}
	row.cases[len(row.cases)-1].refreshOnly, row.cases[len(row.cases)-2].refreshOnly = true, true
	return []hostileRow{row}
}

func jsonString(s string) string {
	quoted, _ := json.Marshal(s) // a string does not fail
	return string(quoted)
}

func manyWords(n int) string {
	words := make([]string, n)
	for i := range words {
		words[i] = fmt.Sprint("w", i)
	}
	return strings.Join(words, " ")
}

// X112: what the Date header may do: it corrects a JWT and an absolute time, by a believable offset.
func beyondDates() []hostileRow {
	far := time.Now().Add(2 * time.Hour).Unix()
	row := hostileRow{id: "X112"}
	for _, date := range []string{"Mon, 01 Jan 0001 00:00:00 GMT", "Fri, 31 Dec 9999 23:59:59 GMT", "Thu, 01 Jan 1700 00:00:00 GMT", "x", "0", strings.Repeat("9", 1000), "Sat, 21 Nov 2026 25:00:00 GMT"} {
		for name, c := range map[string]hostileCase{
			"jwt":   {reply: ok(`{"token_type":"Bearer","access_token":"` + unsignedJWT(fmt.Sprintf(`{"exp":%d}`, far)) + `"}`)},
			"epoch": {reply: granted(fmt.Sprintf(`"expires_in":%d`, far)), change: func(c *jeton.Connection) { c.Response.ExpiresFormat = "epoch" }},
		} {
			c.name = cutName(date) + " " + name
			c.reply.header = map[string][]string{"Date": {date}}
			c.check = func(t *testing.T, out outcome) {
				if out.token.Expiry.Unix() != far {
					t.Errorf("expiry %v", out.token.Expiry)
				}
			}
			row.cases = append(row.cases, c)
		}
		row.cases = append(row.cases, hostileCase{name: cutName(date) + " relative", reply: status(200, granted(`"expires_in":60`).body, "Date", date), check: lives(time.Minute, "reply")},
			hostileCase{name: cutName(date) + " refusal", reply: status(400, `{"error":"invalid_grant"}`, "Date", date), category: jeton.InvalidGrant, check: func(t *testing.T, out outcome) {
				if out.failure.HasClockOffset {
					t.Errorf("an offset of %v is believed", out.failure.ClockOffset)
				}
			}})
	}
	return []hostileRow{row}
}

// X113: auto_skew signs again for a clock that is off by an hour, and not for one
// that is off by a year: nobody can make us sign what becomes valid then.
func testHostileSkew(t *testing.T) {
	for name, row := range map[string]struct {
		offset time.Duration
		want   int32
	}{"a second": {time.Second / 2, 1}, "an hour": {time.Hour, 2}, "an hour back": {-time.Hour, 2}, "two days": {48 * time.Hour, 1}, "a year": {365 * 24 * time.Hour, 1}, "a century": {120 * 365 * 24 * time.Hour, 1}, "back to 1970": {-50 * 365 * 24 * time.Hour, 1}} {
		t.Run(name, func(t *testing.T) {
			now := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
			srv := serve(t, status(400, `{"error":"invalid_grant"}`, "Date", now.Add(row.offset).Format(http.TimeFormat)))
			g := hostileGrants(t, srv.URL)[1]
			g.connection.Grant.Assertion.AutoSkew = true
			e := &jeton.Engine{Now: func() time.Time { return now }}
			for attempt := range int32(2) { // what the first one learned is for the second one
				want := row.want
				if attempt == 1 {
					want = 1
				}
				before := srv.requests.Load()
				_, err := e.Exchange(t.Context(), g.connection, nil)
				if n := srv.requests.Load() - before; n != want || jeton.CategoryOf(err) != jeton.InvalidGrant {
					t.Errorf("attempt %d: %d requests, want %d: %v", attempt, n, want, err)
				}
			}
		})
	}
}
