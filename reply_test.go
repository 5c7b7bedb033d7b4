package jeton

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/jeton-oauth/jeton/internal/scrub"
)

var replySent = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

func rawReply(status int, body string, header ...string) RawReply {
	r := RawReply{Status: status, Header: http.Header{"Content-Type": {"application/json"}}, Body: []byte(body), Sent: replySent, Received: replySent.Add(time.Second), Scope: "read write"}
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	return r
}

func replyConnection(change func(*ResponseOptions)) *Connection {
	c := &Connection{TokenURL: "https://as.example/", Grant: GrantOptions{Type: "client_credentials"}, Client: Client{ID: "a", Secret: SecretList{SecretValue("reply secret")}}}
	if change != nil {
		change(&c.Response)
	}
	return c
}

// expires_in in every spelling and format; a life of 0 is a bad_expires_in.
func TestExpiry(t *testing.T) {
	year := 365 * 24 * time.Hour
	at := func(s string) time.Duration {
		when, err := time.Parse(time.RFC3339, s)
		if err != nil {
			t.Fatal(err)
		}
		return when.Sub(replySent)
	}
	for _, row := range []struct {
		format, value string
		life          time.Duration
	}{
		{"", `3600`, time.Hour}, {"", `"3600"`, time.Hour}, {"", `" 3600 "`, time.Hour}, {"", `"3600.9"`, time.Hour}, {"", `3600.999`, time.Hour}, {"", `"+60"`, time.Minute}, {"", `6E1`, time.Minute},
		{"", `"6e1"`, time.Minute}, {"", `60e0`, time.Minute}, {"", `0.6e2`, time.Minute}, {"", `600e-1`, time.Minute}, {"", `1`, time.Second}, {"", `1.0`, time.Second},
		{"", `"3600s"`, 0}, {"", `"0x10"`, 0}, {"", `"0x1p4"`, 0}, {"", `"1_000"`, 0}, {"", `"1,000"`, 0}, {"", `"1h"`, 0}, {"", `"NaN"`, 0}, {"", `"nan"`, 0}, {"", `"Inf"`, 0}, {"", `"-Inf"`, 0}, {"", `"infinity"`, 0},
		{"", `"٣٦٠٠"`, 0}, {"", `"３６００"`, 0}, {"", `"1 000"`, 0}, {"", `"3600\u0000"`, 0}, {"", `"--5"`, 0}, {"", `"1e"`, 0}, {"", `"."`, 0},
		{"", `-0`, 0}, {"", `-0.0`, 0}, {"", `0e999`, 0}, {"", `1e-9`, 0}, {"", `0.999`, 0}, {"", `1e-999`, 0}, {"", `-1e999`, 0}, {"", `"-1"`, 0}, {"", `-9223372036854775808`, 0},
		{"", `1e999`, 10 * year}, {"", `"1e999"`, 10 * year}, {"", `1e18`, 10 * year}, {"", `9223372036854775808`, 10 * year}, {"", `18446744073709551616`, 10 * year}, {"", `315360000`, 10 * year}, {"", `315360001`, 10 * year},
		{"", `{"value":3600}`, 0}, {"", `[3600]`, 0}, {"", `true`, 0}, {"", `false`, 0},
		{"", `null`, 300 * time.Second}, {"", `""`, 300 * time.Second}, {"", `" "`, 300 * time.Second},
		{"seconds", `60`, time.Minute},
		{"milliseconds", `3600000`, time.Hour}, {"milliseconds", `"60000"`, time.Minute}, {"milliseconds", `999`, 0}, {"milliseconds", `1e999`, 10 * year},
		{"epoch", fmt.Sprint(replySent.Add(time.Hour).Unix()), time.Hour}, {"epoch", fmt.Sprintf(`"%d"`, replySent.Add(time.Hour).Unix()), time.Hour}, {"epoch", fmt.Sprintf(`%d.9`, replySent.Add(time.Hour).Unix()), time.Hour},
		{"epoch", `3600`, 0}, {"epoch", fmt.Sprint(replySent.Unix()), 0}, {"epoch", fmt.Sprint(replySent.Unix() - 1), 0}, {"epoch", `-1`, 0}, {"epoch", `1e999`, 10 * year}, {"epoch", `9223372036854775807`, 10 * year}, {"epoch", `"2026-11-21T13:00:00Z"`, 0},
		{"epoch_ms", fmt.Sprint(replySent.Add(time.Hour).UnixMilli()), time.Hour}, {"epoch_ms", fmt.Sprint(replySent.Unix()), 0}, {"epoch_ms", `1e999`, 10 * year},
		{"rfc3339", `"2026-11-21T13:00:00Z"`, time.Hour}, {"rfc3339", `"2026-11-21T13:00:00+01:00"`, 0}, {"rfc3339", `"2026-11-21T15:30:00+02:30"`, time.Hour}, {"rfc3339", `"2026-11-21T13:00:00.999999999Z"`, at("2026-11-21T13:00:00.999999999Z")},
		{"rfc3339", `" 2026-11-21T13:00:00Z "`, time.Hour}, {"rfc3339", `"2026-11-21T13:00:00"`, 0}, {"rfc3339", `"2026-11-21 13:00:00Z"`, 0}, {"rfc3339", `"2026-02-30T13:00:00Z"`, 0}, {"rfc3339", `"0000-01-01T00:00:00Z"`, 0},
		{"rfc3339", `"9999-12-31T23:59:59Z"`, 10 * year}, {"rfc3339", `3600`, 0}, {"rfc3339", `"soon"`, 0}, {"rfc3339", `{}`, 0},
	} {
		t.Run(row.format+" "+row.value, func(t *testing.T) {
			c := replyConnection(func(r *ResponseOptions) { r.ExpiresFormat = row.format })
			token, err := ParseReply(c, rawReply(200, `{"access_token":"a","token_type":"bearer","expires_in":`+row.value+`}`))
			if row.life == 0 {
				if CategoryOf(err) != BadExpiresIn || err.(*Error).Findings[0].Parameter != "response.expires_in" {
					t.Fatalf("%v, %v", token, err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if got := token.Expiry.Sub(token.Issued); got != row.life || !token.Issued.Equal(replySent) {
				t.Errorf("lives %v, want %v", got, row.life)
			}
			if capped := row.life == 10*year && strings.HasSuffix(token.ExpiryFrom, "(capped)"); row.life == 10*year && row.value != "315360000" && !capped {
				t.Errorf("from %s", token.ExpiryFrom)
			}
		})
	}
}

// The rules of RELIABILITY 2.5 in their order, with the caps and the server's clock.
func TestExpiryRules(t *testing.T) {
	jwt := func(claims string) string { return "eyJhbGciOiJub25lIn0." + b64(claims) + ".x" }
	exp := fmt.Sprintf(`{"exp":%d}`, replySent.Add(2*time.Hour).Unix())
	late := replySent.Add(time.Hour).Format(http.TimeFormat) // the server's clock is an hour ahead
	for _, row := range []struct {
		name, token, members string
		change               func(*ResponseOptions)
		header               []string
		life                 time.Duration
		from                 string
	}{
		{"the reply before the JWT", jwt(exp), `,"expires_in":60`, nil, nil, time.Minute, "reply"},
		{"the JWT before the default", jwt(exp), ``, func(r *ResponseOptions) { r.DefaultLifetime = Duration(time.Hour) }, nil, 2 * time.Hour, "jwt"},
		{"another path does not fall back", jwt(exp), `,"expires_in":60`, func(r *ResponseOptions) { r.ExpiresIn = "ttl" }, nil, 2 * time.Hour, "jwt"},
		{"exp with a fraction", jwt(`{"exp":1795273200.7}`), ``, nil, nil, time.Unix(1795273200, 0).Sub(replySent), "jwt"},
		{"exp as a string is none", jwt(`{"exp":"1795273200"}`), ``, nil, nil, 300 * time.Second, "default"},
		{"exp twice is none", jwt(`{"exp":1795273200,"exp":1795273201}`), ``, nil, nil, 300 * time.Second, "default"},
		{"exp of 1e999 is none", jwt(`{"exp":1e999}`), ``, nil, nil, 300 * time.Second, "default"},
		{"negative exp is none", jwt(`{"exp":-1}`), ``, nil, nil, 300 * time.Second, "default"},
		{"no exp", jwt(`{}`), ``, nil, nil, 300 * time.Second, "default"},
		{"claims that are an array", jwt(`[1]`), ``, nil, nil, 300 * time.Second, "default"},
		{"two parts", "a." + b64(exp), ``, nil, nil, 300 * time.Second, "default"},
		{"five parts", jwt(exp) + ".a.b", ``, nil, nil, 300 * time.Second, "default"},
		{"deep claims", jwt(`{"exp":1795273200,"x":` + strings.Repeat("[", 2000) + strings.Repeat("]", 2000) + `}`), ``, nil, nil, 300 * time.Second, "default"},
		{"maximum", "a", `,"expires_in":7200`, func(r *ResponseOptions) { r.MaxLifetime = Duration(time.Hour) }, nil, time.Hour, "reply (capped)"},
		{"maximum over the default", "a", ``, func(r *ResponseOptions) { r.MaxLifetime = Duration(time.Minute) }, nil, time.Minute, "default (capped)"},
		{"maximum over the JWT", jwt(exp), ``, func(r *ResponseOptions) { r.MaxLifetime = Duration(time.Minute) }, nil, time.Minute, "jwt (capped)"},
		{"ten years before the maximum", "a", `,"expires_in":1e12`, func(r *ResponseOptions) { r.MaxLifetime = Duration(time.Minute) }, nil, time.Minute, "reply (capped)"},
		{"relative, with a clock ahead", "a", `,"expires_in":60`, nil, []string{"Date", late}, time.Minute, "reply"},
		{"JWT, with a clock ahead", jwt(exp), ``, nil, []string{"Date", late}, time.Hour, "jwt"},
		{"a Date that is none", jwt(exp), ``, nil, []string{"Date", "yesterday"}, 2 * time.Hour, "jwt"},
	} {
		t.Run(row.name, func(t *testing.T) {
			token, err := ParseReply(replyConnection(row.change), rawReply(200, `{"token_type":"bearer","access_token":"`+row.token+`"`+row.members+`}`, row.header...))
			if err != nil {
				t.Fatal(err)
			}
			got := token.Expiry.Sub(token.Issued).Round(time.Second) // half a second is the measure of a Date
			if diff := got - row.life; diff.Abs() > time.Second || token.ExpiryFrom != row.from {
				t.Errorf("lives %v from %s", got, token.ExpiryFrom)
			}
		})
	}
	token, err := ParseReply(replyConnection(nil), rawReply(200, `{"access_token":"a","token_type":"bearer","expires_in":3600000}`))
	if err != nil || len(token.Warnings) != 1 || token.Warnings[0].Parameter != "response.expires_format" {
		t.Errorf("41 days: %v %v", err, token)
	}
}

// Where the access token is looked for.
func TestExtraction(t *testing.T) {
	for _, row := range []struct{ path, body, want, proposed string }{
		{"", `{"access_token":"x"}`, "x", ""},
		{"token", `{"token":"x","access_token":"y"}`, "x", ""},
		{"token", `{"access_token":"x"}`, "", "access_token"},
		{"data.token", `{"data":{"token":"x"}}`, "x", ""},
		{"data.token", `{"data.token":"x","data":{"token":"y"}}`, "x", ""},
		{"data.token.", `{"data":{"token":"x"}}`, "", "data.token"},
		{"data..token", `{"data":{"":{"token":"x"}}}`, "x", ""},
		{"/data/token", `{"data":{"token":"x"}}`, "x", ""},
		{"/a~1b/c~0d", `{"a/b":{"c~d":"x"}}`, "x", ""},
		{"/~01", `{"~1":"x","/":"y"}`, "x", ""},
		{"/", `{"":"x"}`, "x", ""},
		{"/data.x/t", `{"data.x":{"t":"x"}}`, "x", ""},
		{"list.0.t", `{"list":[{"t":"x"}]}`, "x", ""},
		{"/list/1", `{"list":["y","x"]}`, "x", ""},
		{"/list/01", `{"list":["y","x"]}`, "", ""},
		{"/list/+1", `{"list":["y","x"]}`, "", ""},
		{"/list/-1", `{"list":["y","x"]}`, "", ""},
		{"/list/-", `{"list":["y","x"]}`, "", ""},
		{"/list/9", `{"list":["y","x"]}`, "", ""},
		{"/list/99999999999999999999", `{"list":["y","x"]}`, "", ""},
		{"0.t", `[{"t":"x"}]`, "x", ""},
		{"/0/t", `[{"t":"x"}]`, "x", ""},
		{"t", `"x"`, "", ""},
		{"t", `null`, "", ""},
		{"t", `12`, "", ""},
		{"t.u", `{"t":"x"}`, "", ""},
		{"Access_Token", `{"access_token":"x"}`, "", "access_token"},
		{"", `{"Access_Token":"x"}`, "", "Access_Token"},
		{"", `{"accessToken":"x"}`, "", "accessToken"},
		{"", `{"data":{"token":"x"}}`, "", "data.token"},
		{"", `{"a.b":{"access_token":"x"}}`, "", "/a.b/access_token"},
		{"", `{"a/b":[{"c~d":{"access_token":"x"}}]}`, "", "/a~1b/0/c~0d/access_token"},
		{"", `{"id_token":"x"}`, "", "id_token"},
		{"", `{"token":"z","data":{"access_token":"x"}}`, "", "data.access_token"},
		{"", `{"\u001b[31m":{"access_token":"x"}}`, "", ""},
		{"", `{}`, "", ""},
		{"", `[]`, "", ""},
		{"", `{"error":null,"token":5}`, "", ""},
	} {
		t.Run(row.path+" "+row.body, func(t *testing.T) {
			c := replyConnection(func(r *ResponseOptions) { r.AccessToken = row.path })
			token, err := ParseReply(c, rawReply(200, row.body))
			if row.want != "" {
				if err != nil || token.AccessToken.Reveal() != row.want {
					t.Fatalf("%v", err)
				}
				return
			}
			if CategoryOf(err) != NoTokenInResponse || err.(*Error).Findings[0].Parameter != "response.access_token" {
				t.Fatalf("%v %v", token, err)
			}
			f := err.(*Error).Findings[0]
			if f.Proposed != row.proposed || strings.Contains(fmt.Sprintf("%+v", f), `"x"`) {
				t.Errorf("%+v", f)
			}
			if f.Proposed != "" { // what is proposed works
				c.Response.AccessToken = f.Proposed
				if again, err := ParseReply(c, rawReply(200, row.body)); err != nil || again.AccessToken.Reveal() != "x" {
					t.Errorf("the proposal %q does not work: %v", f.Proposed, err)
				}
			}
		})
	}
}

func utf16Body(text string, bigEndian, mark bool) string {
	units := utf16.Encode([]rune(text))
	if mark {
		units = append([]uint16{0xfeff}, units...)
	}
	var b []byte
	for _, u := range units {
		if bigEndian {
			b = append(b, byte(u>>8), byte(u))
		} else {
			b = append(b, byte(u), byte(u>>8))
		}
	}
	return string(b)
}

// What kind of body it is, and what is refused as ambiguous.
func TestBodies(t *testing.T) {
	const good = `{"access_token":"x","token_type":"bearer"}`
	form := []string{"Content-Type", "application/x-www-form-urlencoded;charset=UTF-8"}
	for _, row := range []struct {
		name, body string
		header     []string
		category   Category
		says       string
	}{
		{"plain", good, nil, "", ""},
		{"white space around", " \t\r\n" + good + "\n\n", nil, "", ""},
		{"charset", good, []string{"Content-Type", "application/json; charset=iso-8859-1"}, "", ""},
		{"no type", good, []string{"Content-Type", ""}, "", ""},
		{"labelled as a form", good, form, "", ""},
		{"mark", "\xef\xbb\xbf" + good, nil, "", ""},
		{"mark and space", "\xef\xbb\xbf \n" + good, nil, "", ""},
		{"space and mark", " \xef\xbb\xbf" + good, nil, MalformedResponse, ""},
		{"only a mark", "\xef\xbb\xbf", nil, MalformedResponse, "no body"},
		{"UTF-16LE", utf16Body(good, false, true), nil, MalformedResponse, ""},
		{"UTF-16BE", utf16Body(good, true, true), nil, MalformedResponse, ""},
		{"UTF-16LE without mark", utf16Body(good, false, false), nil, MalformedResponse, ""},
		{"something after it", good + "x", nil, MalformedResponse, "after the JSON value"},
		{"another object", good + good, nil, MalformedResponse, "after the JSON value"},
		{"a bracket after it", good + "}", nil, MalformedResponse, ""},
		{"NUL after it", good + "\x00", nil, MalformedResponse, ""},
		{"comma at the end", `{"access_token":"x",}`, nil, MalformedResponse, ""},
		{"comment", "/* */" + good, nil, MalformedResponse, ""},
		{"single quotes", `{'access_token':'x'}`, nil, MalformedResponse, ""},
		{"no quotes", `{access_token:"x"}`, nil, MalformedResponse, ""},
		{"NaN", `{"access_token":"x","a":NaN}`, nil, MalformedResponse, ""},
		{"leading zero", `{"access_token":"x","expires_in":060}`, nil, MalformedResponse, ""},
		{"line break in a string", "{\"access_token\":\"x\ny\"}", nil, MalformedResponse, ""},
		{"wrong bracket", `{"access_token":"x"]`, nil, MalformedResponse, ""},
		{"missing comma", `{"access_token":"x" "a":1}`, nil, MalformedResponse, ""},
		{"missing colon", `{"access_token" "x"}`, nil, MalformedResponse, ""},
		{"twice at depth", `{"access_token":"x","a":[{"b":{"c":1,"c":1}}]}`, nil, MalformedResponse, `"c"`},
		{"twice, one empty", `{"":1,"":2}`, nil, MalformedResponse, "twice"},
		{"twice in other letters", `{"access_token":"x","Access_Token":"y","ACCESS_TOKEN":"z"}`, nil, "", ""},
		{"truncated in a name", `{"access_to`, nil, MalformedResponse, "ends too early"},
		{"truncated in a value", `{"access_token":"abc`, nil, MalformedResponse, "ends too early"},
		{"truncated after a colon", `{"access_token":`, nil, MalformedResponse, "ends too early"},
		{"truncated in an escape", `{"access_token":"\u00`, nil, MalformedResponse, "ends too early"},
		{"truncated in a literal", `{"access_token":tr`, nil, MalformedResponse, "ends too early"},
		{"truncated in an array", `{"a":[1,`, nil, MalformedResponse, "ends too early"},
		{"a number of a million digits", `{"access_token":"x","expires_in":` + strings.Repeat("9", 60000) + `}`, nil, "", ""},
		{"form", "access_token=x&token_type=bearer&scope=a+b", form, "", ""},
		{"form with escapes", "access%5Ftoken=x&token%5ftype=bearer", form, "", ""},
		{"form, twice", "access_token=x&access_token=x", form, MalformedResponse, "twice"},
		{"form, error twice", "error=a&error=b", form, MalformedResponse, "twice"},
		{"form, bad escape", "access_token=%zz", form, MalformedResponse, ""},
		{"form, semicolon", "access_token=x;token_type=bearer", form, MalformedResponse, ""},
		{"form, line break in the token", "access_token=x%0d%0aX-Evil:1", form, NoTokenInResponse, "header"},
		{"form, token not first", "scope=a&access_token=x", []string{"Content-Type", "text/plain"}, "", ""},
		{"form in brackets", "[access_token=x]", form, MalformedResponse, ""},
		{"one token and nothing else", "eyJhbGciOiJub25lIn0.eyJleHAiOjF9.c2ln", []string{"Content-Type", "text/plain"}, MalformedResponse, "no JSON"},
		{"XML", `<?xml version="1.0"?><Token>x</Token>`, []string{"Content-Type", "application/xml"}, MalformedResponse, "XML"},
		{"XML without declaration", `<saml:Assertion xmlns:saml="x"/>`, nil, MalformedResponse, ""},
		{"XHTML", `<?xml version="1.0"?><html><title>Sign in</title></html>`, nil, MalformedResponse, "web page"},
		{"entities", `<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>`, nil, MalformedResponse, ""},
		{"a title without end", "<title>" + strings.Repeat("<title>", 5000), nil, MalformedResponse, ""},
		{"a long title", "<title>" + strings.Repeat("y", 60000) + "</title>", nil, MalformedResponse, ""},
		{"multipart", "--x\r\n\r\n" + good + "\r\n--x--", []string{"Content-Type", "multipart/form-data; boundary=x"}, MalformedResponse, ""},
		{"server-sent events", "data: " + good, nil, MalformedResponse, ""},
		{"JSONP", "callback(" + good + ")", nil, MalformedResponse, ""},
		{"anti-hijacking prefix", ")]}'\n" + good, nil, MalformedResponse, ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			token, err := ParseReply(replyConnection(nil), rawReply(200, row.body, row.header...))
			if row.category == "" && (err != nil || token.AccessToken.Reveal() != "x") || row.category != "" && CategoryOf(err) != row.category {
				t.Fatalf("%v %v", token, err)
			}
			if err != nil && (!strings.Contains(err.Error(), row.says) || len(err.Error()) > 2100) {
				t.Errorf("%.600s", err)
			}
		})
	}
}

// What servers say when they refuse, in the shapes that vendors use.
func TestErrorShapes(t *testing.T) {
	for _, row := range []struct {
		status            int
		body              string
		category          Category
		code, description string
	}{
		{400, `{"error":"invalid_grant","error_description":"d"}`, InvalidGrant, "invalid_grant", "d"},
		{400, `{"error":"invalid_client","reason":"Invalid client_id or client_secret"}`, InvalidClient, "invalid_client", "Invalid client_id or client_secret"},
		{400, `{"error":"invalid_client","error_description":null}`, InvalidClient, "invalid_client", ""},
		{400, `{"error":{"code":"401","message":"m","status":"UNAUTHENTICATED"}}`, Provider4xxOther, "401", "m"},
		{400, `{"error":{"code":401,"message":"m"}}`, Provider4xxOther, "401", "m"},
		{400, `{"error":{"type":"invalid_client","message":"m"}}`, InvalidClient, "invalid_client", "m"},
		{400, `{"error":true,"message":"m"}`, Provider4xxOther, "", "m"},
		{400, `{"error":["one","two"]}`, Provider4xxOther, "", "one"},
		{400, `{"error":[{"code":"c","message":"m"}]}`, Provider4xxOther, "c", "m"},
		{400, `{"error":500,"message":"m"}`, Provider4xxOther, "500", "m"},
		{400, `{"errorCode":"INVALID_LOGIN","errorMessage":"m"}`, Provider4xxOther, "INVALID_LOGIN", "m"},
		{400, `{"errorCode":"E0000011","errorSummary":"m"}`, Provider4xxOther, "E0000011", "m"},
		{401, `[{"errorCode":"INVALID_SESSION_ID","message":"m"}]`, Provider4xxOther, "INVALID_SESSION_ID", "m"},
		{401, `["m"]`, Provider4xxOther, "", "m"},
		{401, `[]`, Provider4xxOther, "", ""},
		{401, `"m"`, Provider4xxOther, "", ""},
		{400, `{"errors":[{"code":"c","message":"m"}]}`, Provider4xxOther, "c", "m"},
		{400, `{"errors":[{"type":"c","message":"m"}]}`, Provider4xxOther, "c", "m"},
		{400, `{"errors":[]}`, Provider4xxOther, "", ""},
		{400, `{"fault":{"faultstring":"m","detail":{"errorcode":"x","code":"c"}}}`, Provider4xxOther, "x", "m"},
		{200, `{"Fault":{"code":"c","message":"m"}}`, Provider4xxOther, "c", "m"},
		{200, `{"ok":false,"error":"invalid_auth"}`, Provider4xxOther, "invalid_auth", ""},
		{200, `{"ok":false}`, Provider4xxOther, "", ""},
		{200, `{"responseStatus":"FAILURE","errors":[{"type":"USERNAME_OR_PASSWORD_INCORRECT","message":"m"}]}`, Provider4xxOther, "USERNAME_OR_PASSWORD_INCORRECT", "m"},
		{200, `{"success":false,"errors":[{"code":"601","message":"m"}]}`, Provider4xxOther, "601", "m"},
		{200, `{"error":{"code":"c"},"access_token":"x"}`, Provider4xxOther, "c", ""},
		{200, `{"error":{}}`, NoTokenInResponse, "", ""},
		{200, `{"error":""}`, NoTokenInResponse, "", ""},
		{200, `{"errorCode":"c","errorMessage":"m"}`, NoTokenInResponse, "c", "m"},
		{200, `[{"errorCode":"c","message":"m"}]`, NoTokenInResponse, "c", "m"},
		{200, `{"status":"success","message":"hello"}`, NoTokenInResponse, "", ""},
	} {
		t.Run(fmt.Sprint(row.status, " ", row.body), func(t *testing.T) {
			_, err := ParseReply(replyConnection(nil), rawReply(row.status, row.body))
			e, _ := err.(*Error)
			if e == nil || e.Category() != row.category || e.Code != row.code || e.Description != row.description || e.Status != row.status {
				t.Errorf("%v: %+v", e.Category(), e)
			}
		})
	}
	for _, good := range []string{`{"access_token":"x","error":null}`, `{"access_token":"x","error":false}`, `{"access_token":"x","error":""}`, `{"access_token":"x","errors":[]}`, `{"access_token":"x","ok":true}`,
		`{"access_token":"x","errorCode":0}`, `{"access_token":"x","message":"welcome","status":"approved"}`, `{"access_token":"x","responseStatus":"SUCCESS"}`, `{"access_token":"x","error":0}`} {
		if _, err := ParseReply(replyConnection(nil), rawReply(200, good)); err != nil {
			t.Errorf("%s: %v", good, err)
		}
	}
}

// H026 and beyond: foreign text is harmless and short, whatever is in it.
func TestForeignTextIsHarmless(t *testing.T) {
	for name, text := range map[string]string{
		"ansi": "\x1b[31mred\x1b]0;title\a", "c1": "\u009b31m", "bidi": "\u202eabc\u2066\u200f", "zero width": "a\u200bb\ufeffc\u00ad", "nul": "a\x00b", "lines": "a\r\nb\u2028c\u2029d\x85",
		"script": "<script>alert(1)</script>", "long": strings.Repeat("x", 60000), "long and wide": strings.Repeat("😀", 10000), "private": "\ue000", "tag": "\U000e0041", "format": "%s%n%x", "bell": "\a\b\v\f",
	} {
		t.Run(name, func(t *testing.T) {
			quoted, _ := json.Marshal(text)
			for _, body := range []string{`{"error":"invalid_grant","error_description":` + string(quoted) + `}`, `{"error":` + string(quoted) + `,"error_uri":` + string(quoted) + `}`, `{` + string(quoted) + `:1}`,
				`{` + string(quoted) + `:1,` + string(quoted) + `:1}`, `{"access_token":"x","token_type":` + string(quoted) + `}`, `<title>` + text + `</title>`, `{` + string(quoted) + `:{"access_token":"x"}}`} {
				token, err := ParseReply(replyConnection(nil), rawReply(200, body))
				if err == nil {
					t.Fatalf("a token: %+v", token)
				}
				e := err.(*Error)
				for _, part := range append([]string{e.Code, e.Description, e.URI, e.Problem, e.Error()}, findingTexts(e.Findings)...) {
					if scrub.Escape(part) != part {
						t.Errorf("%.100q shows %.100q", body, part)
					}
					if n := len([]rune(part)); n > 1200 {
						t.Errorf("%.50q gives %d characters", body, n)
					}
				}
			}
		})
	}
	_, err := ParseReply(replyConnection(nil), rawReply(400, "{\"error\":\"x\",\"error_description\":\"a\xff\xfeb\xc3\"}"))
	if e := err.(*Error); e.Description != "a\ufffd\ufffdb\ufffd" {
		t.Errorf("%q", e.Description)
	}
}

func findingTexts(list []Finding) (texts []string) {
	for _, f := range list {
		texts = append(texts, string(f.Parameter), f.Problem, f.Fix, f.Proposed, f.Evidence)
	}
	return texts
}

// token_type and scope.
func TestTokenTypeAndScope(t *testing.T) {
	for _, row := range []struct {
		value, want string
		change      func(*Connection)
	}{
		{`"Bearer"`, "Bearer", nil}, {`"bEaReR"`, "Bearer", nil}, {`null`, "Bearer", nil}, {`""`, "Bearer", nil},
		{`"mac"`, "", nil}, {`"DPoP"`, "", nil}, {`"N_A"`, "", nil}, {`"Bearer "`, "", nil}, {`"Bearer\r\nX: y"`, "", nil}, {`"basic"`, "", nil}, {`1`, "", nil}, {`["Bearer"]`, "", nil}, {`true`, "", nil},
		{`"Own"`, "Own", func(c *Connection) { c.Usage.Scheme = "Own" }}, {`"Own"`, "Own", func(c *Connection) { c.Usage.Raw = true }}, {`"O wn"`, "", func(c *Connection) { c.Usage.Raw = true }},
		{`"dpop"`, "", func(c *Connection) { c.Usage.Raw = true }}, {`"DPOP"`, "DPoP", func(c *Connection) { c.Client.DPoP = &DPoP{} }}, {`"n_a"`, "N_A", func(c *Connection) { c.Grant.Type = "token_exchange" }},
	} {
		c := replyConnection(nil)
		if row.change != nil {
			row.change(c)
		}
		token, err := ParseReply(c, rawReply(200, `{"access_token":"x","expires_in":60,"token_type":`+row.value+`}`))
		if row.want == "" && CategoryOf(err) != UnsupportedTokenType || row.want != "" && (err != nil || token.TokenType != row.want) {
			t.Errorf("%s: %v %v", row.value, token, err)
		}
	}
	for _, row := range []struct {
		value, want string
		warns       bool
	}{
		{`"read write"`, "read write", false}, {`"write read"`, "write read", false}, {`"write  read read"`, "write  read read", false}, {`"read,write"`, "read,write", false}, {`["write","read"]`, "write read", false},
		{`null`, "read write", false}, {`""`, "read write", false}, {`[]`, "read write", false}, {`5`, "read write", true}, {`{}`, "read write", true}, {`[{"name":"read"}]`, "read write", true},
		{`"read"`, "read", true}, {`"READ WRITE"`, "READ WRITE", true}, {`"read write admin"`, "read write admin", true}, {`["read",5]`, "read", true}, {`"read\u001b[31m"`, "read?[31m", true}, {`"reply secret"`, Redacted, true},
	} {
		token, err := ParseReply(replyConnection(nil), rawReply(200, `{"access_token":"x","expires_in":60,"token_type":"bearer","scope":`+row.value+`}`))
		if err != nil || token.Scope != row.want || (len(token.Warnings) > 0) != row.warns {
			t.Errorf("%s: %v %+v", row.value, err, token)
		}
	}
}

// response.success and response.keep.
func TestSuccessAndKeep(t *testing.T) {
	yes, no := true, false
	body := `{"access_token":"x","ok":true,"n":1.0,"s":"yes","deep":{"list":[{"a":null}]},"error_code":"7"}`
	for _, row := range []struct {
		condition Condition
		holds     bool
	}{
		{Condition{Path: "ok", Equals: true}, true}, {Condition{Path: "ok", Equals: "true"}, false}, {Condition{Path: "n", Equals: 1}, true}, {Condition{Path: "n", Equals: json.RawMessage("1e0")}, true}, {Condition{Path: "n", Equals: "1.0"}, false},
		{Condition{Path: "s", Matches: "^y"}, true}, {Condition{Path: "ok", Matches: "^true$"}, true}, {Condition{Path: "deep", Matches: "."}, false}, {Condition{Path: "none", Matches: ".*"}, false}, {Condition{Path: "s", Matches: "("}, false},
		{Condition{Path: "none", Exists: &no}, true}, {Condition{Path: "none", Exists: &yes}, false}, {Condition{Path: "deep.list.0.a", Exists: &yes}, true}, {Condition{Path: "/deep/list/0/a", Equals: json.RawMessage("null")}, true},
		{Condition{Path: "deep", Equals: map[string]any{"list": []any{map[string]any{"a": nil}}}}, true}, {Condition{Path: "s", Equals: "yes", Matches: "n"}, false},
	} {
		_, err := ParseReply(replyConnection(func(r *ResponseOptions) { r.Success = Conditions{row.condition} }), rawReply(200, body))
		if (err == nil) != row.holds {
			t.Errorf("%+v: %v", row.condition, err)
		}
		if e, _ := err.(*Error); e != nil && e.Findings[len(e.Findings)-1].Parameter != "response.success" {
			t.Errorf("%+v", e.Findings)
		}
	}
	token, err := ParseReply(replyConnection(func(r *ResponseOptions) { r.Keep = []string{"n", "deep.list", "none", "/deep/list/0"} }), rawReply(200, body))
	if err != nil || string(token.Extra["n"]) != "1.0" || string(token.Extra["deep.list"]) != `[{"a":null}]` || string(token.Extra["/deep/list/0"]) != `{"a":null}` || len(token.Extra) != 3 {
		t.Errorf("%v %s", err, token.Extra)
	}
}

// A journal hears of every attempt once, before and after, and its raw reply
// gives the same verdict again.
func TestRawReplyIsParsedAlike(t *testing.T) {
	for _, body := range []string{`{"access_token":"x","token_type":"bearer","expires_in":60,"refresh_token":"r"}`, `{"error":"invalid_grant"}`, `{"access_token":"x`, `<html>`, ``} {
		srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(body)) }))
		log := new(journalLog)
		c := replyConnection(nil)
		c.TokenURL = srv.URL
		token, err := (&Engine{Journal: log}).Exchange(context.Background(), c, nil)
		srv.Close()
		if len(log.replies) != 1 || !slices.Equal(log.order, []string{"sending", "answered"}) || string(log.replies[0].Body) != body {
			t.Fatalf("%q: %v %v", body, log.order, err)
		}
		again, errAgain := ParseReply(c, log.replies[0])
		if CategoryOf(err) != CategoryOf(errAgain) || (token == nil) != (again == nil) || token != nil && (!token.Expiry.Equal(again.Expiry) || !token.AccessToken.Equal(again.AccessToken)) {
			t.Errorf("%q: %v, then %v", body, err, errAgain)
		}
	}
}

type journalLog struct {
	order   []string
	replies []RawReply
}

func (j *journalLog) Sending(context.Context, Attempt) error {
	j.order = append(j.order, "sending")
	return nil
}

func (j *journalLog) Answered(_ context.Context, r RawReply) error {
	j.order, j.replies = append(j.order, "answered"), append(j.replies, r)
	return nil
}

func TestMembersBesideANestedToken(t *testing.T) {
	for path, body := range map[string]string{
		"data.access_token":  `{"data":{"access_token":"x","refresh_token":"r","expires_in":60,"scope":"a","token_type":"bearer"}}`,
		"/data/0/token":      `{"data":[{"token":"x","refresh_token":"r","expires_in":60,"scope":"a"}]}`,
		"result.token":       `{"result":{"token":"x"},"refresh_token":"r","expires_in":60,"scope":"a"}`,
		"outer.inner.secret": `{"outer":{"inner":{"secret":"x","refresh_token":"r","expires_in":60,"scope":"a"}},"refresh_token":"other"}`,
	} {
		c := replyConnection(nil)
		c.Grant.Type = "refresh_token"
		c.Response.AccessToken = path
		token, err := ParseReply(c, rawReply(200, body))
		if err != nil || token.RefreshToken.Reveal() != "r" || token.Scope != "a" || token.Expiry.Sub(token.Issued) != 60*time.Second {
			t.Errorf("%s: %+v, %v", path, token, err)
		}
	}
}
