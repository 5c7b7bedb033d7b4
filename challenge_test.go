package jeton

import (
	"net/http"
	"strings"
	"testing"

	"github.com/jeton-oauth/jeton/internal/scrub"
)

func TestChallenge(t *testing.T) {
	type want struct{ code, description, uri, scope string }
	for _, row := range []struct {
		name   string
		fields []string
		scheme string
		want   want
	}{
		{"none", nil, "Bearer", want{}},
		{"empty", []string{""}, "Bearer", want{}},
		{"a scheme alone", []string{"Bearer"}, "Bearer", want{}},
		{"a realm alone", []string{`Bearer realm="error=none"`}, "Bearer", want{}},
		{"RFC 6750 section 3", []string{`Bearer realm="example", error="invalid_token", error_description="The access token expired"`}, "Bearer",
			want{"invalid_token", "The access token expired", "", ""}},
		{"everything", []string{`Bearer error="insufficient_scope",error_description="needs more",error_uri="https://docs.example/x",scope="read write"`}, "Bearer",
			want{"insufficient_scope", "needs more", "https://docs.example/x", "read write"}},
		{"without quotes", []string{`Bearer error=invalid_token, error_description=expired`}, "Bearer", want{"invalid_token", "expired", "", ""}},
		{"without commas", []string{`Bearer error="invalid_token" error_description="expired"`}, "Bearer", want{"invalid_token", "expired", "", ""}},
		{"with spaces", []string{`bearer  Error = "invalid_token" ,, ERROR_DESCRIPTION	=	"ex\"pi\\red"`}, "Bearer", want{"invalid_token", `ex"pi\red`, "", ""}},
		{"an error inside a description", []string{`Bearer error_description="say error=\"other\", scope=x", error="invalid_token"`}, "Bearer",
			want{"invalid_token", `say error="other", scope=x`, "", ""}},
		{"after Basic", []string{`Basic realm="x", Bearer error="invalid_token"`}, "Bearer", want{code: "invalid_token"}},
		{"after token68", []string{`Negotiate YIIabc==, Bearer error="invalid_token"`}, "Bearer", want{code: "invalid_token"}},
		{"the own scheme first", []string{`Bearer error="invalid_token"`, `DPoP error="invalid_dpop_proof", algs="ES256"`}, "dpop", want{code: "invalid_dpop_proof"}},
		{"the own scheme first, in one field", []string{`DPoP error="invalid_dpop_proof", Bearer error="invalid_token"`}, "Bearer", want{code: "invalid_token"}},
		{"another scheme", []string{`MAC error="The MAC credentials expired"`}, "Bearer", want{code: "The MAC credentials expired"}},
		{"scope alone", []string{`Bearer realm="x"`, `Bearer scope="read"`}, "Bearer", want{scope: "read"}},
		{"the first of a name", []string{`Bearer error="a", error="b"`}, "Bearer", want{code: "a"}},
		{"no scheme", []string{`error="invalid_token"`}, "Bearer", want{code: "invalid_token"}},
		{"a quote that does not end", []string{`Bearer error="invalid_token", error_description="no end`}, "Bearer", want{"invalid_token", "", "", ""}},
		{"beyond the limit", []string{`Bearer realm="` + strings.Repeat("x", maxChallenge) + `", error="invalid_token"`}, "Bearer", want{}},
	} {
		t.Run(row.name, func(t *testing.T) {
			got := challengeOf(http.Header{"Www-Authenticate": row.fields}, row.scheme)
			if (want{got.code, got.description, got.uri, got.scope}) != row.want {
				t.Errorf("got %+v, want %+v", got, row.want)
			}
		})
	}
}

// A secret is found before the text around it is taken apart.
func TestReplyTextScrubsFirst(t *testing.T) {
	scrubber := scrub.New([]string{"two  spaces", "a<b>c"})
	for _, text := range []string{"you sent two  spaces here", "you\nsent a<b>c here", "<e>you <i>sent</i> two  spaces <br/>here</e>", "<e>you sent a<b>c here</e>", "<html><title>you sent two  spaces here</title>"} {
		got := replyText(nil, []byte(text), scrubber)
		if !strings.Contains(got, "sent [redacted] here") {
			t.Errorf("%q becomes %q", text, got)
		}
	}
}

// FuzzChallenge: nothing that a resource writes is more than a text.
func FuzzChallenge(f *testing.F) {
	f.Add(`Bearer realm="x", error="invalid_token", error_description="a \" b", scope="c d"`, "Bearer")
	f.Add(`Negotiate YII==,DPoP algs="ES256" error=use_dpop_nonce`, "DPoP")
	f.Add("\x1b[31m\"\\", "")
	f.Fuzz(func(t *testing.T, field, scheme string) {
		got := challengeOf(http.Header{"Www-Authenticate": {field, field}}, scheme)
		if len(got.code)+len(got.description)+len(got.uri)+len(got.scope) > len(field) {
			t.Errorf("more than there was: %+v of %q", got, field)
		}
	})
}
