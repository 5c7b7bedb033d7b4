package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/jeton-oauth/jeton"
)

// publishedExecCredential is ExecCredential as Kubernetes publishes it:
// https://kubernetes.io/docs/reference/config-api/client-authentication.v1/
type publishedExecCredential struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
	Spec       *struct {
		Cluster     *json.RawMessage `json:"cluster,omitempty"`
		Interactive *bool            `json:"interactive,omitempty"`
	} `json:"spec,omitempty"`
	Status *struct {
		ExpirationTimestamp   *string `json:"expirationTimestamp,omitempty"`
		Token                 *string `json:"token,omitempty"`
		ClientCertificateData *string `json:"clientCertificateData,omitempty"`
		ClientKeyData         *string `json:"clientKeyData,omitempty"`
	} `json:"status,omitempty"`
}

// publishedAWSCredential is the output of a credential_process as AWS publishes it:
// https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-sourcing-external.html
type publishedAWSCredential struct {
	Version         int     `json:"Version"`
	AccessKeyID     *string `json:"AccessKeyId,omitempty"`
	SecretAccessKey *string `json:"SecretAccessKey,omitempty"`
	SessionToken    *string `json:"SessionToken,omitempty"`
	Expiration      *string `json:"Expiration,omitempty"`
}

// strictly decodes one JSON value into a struct. A member that the struct has
// not, one in another case, and a second value are errors.
func strictly(data []byte, to any) error {
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(to); err != nil {
		return err
	}
	if _, err := d.Token(); err != io.EOF {
		return errors.New("there is more after the JSON value")
	}
	again, err := json.Marshal(to)
	if err != nil {
		return err
	}
	var read, understood any
	if json.Unmarshal(data, &read) != nil || json.Unmarshal(again, &understood) != nil || !reflect.DeepEqual(read, understood) {
		return fmt.Errorf("understood as %s", again) // encoding/json does not look at the case of a name
	}
	return nil
}

func conformsToExecCredential(data []byte, version string) error {
	var c publishedExecCredential
	if err := strictly(data, &c); err != nil {
		return err
	}
	switch {
	case c.APIVersion != version || c.Kind != "ExecCredential":
		return fmt.Errorf("apiVersion %q, kind %q", c.APIVersion, c.Kind)
	case c.Status == nil || c.Status.Token == nil || *c.Status.Token == "":
		return errors.New("there is no status.token")
	case (c.Status.ClientCertificateData == nil) != (c.Status.ClientKeyData == nil):
		return errors.New("a certificate without its key, or the other way round")
	}
	if c.Status.ExpirationTimestamp == nil {
		return nil
	}
	return isUTC(*c.Status.ExpirationTimestamp)
}

func conformsToAWS(data []byte) error {
	var c publishedAWSCredential
	if err := strictly(data, &c); err != nil {
		return err
	}
	switch {
	case c.Version != 1:
		return fmt.Errorf("version %d", c.Version)
	case c.AccessKeyID == nil || c.SecretAccessKey == nil || *c.AccessKeyID == "" || *c.SecretAccessKey == "":
		return errors.New("AccessKeyId or SecretAccessKey is missing")
	case c.SessionToken != nil && *c.SessionToken == "":
		return errors.New("an empty SessionToken")
	case c.Expiration == nil:
		return nil
	}
	return isUTC(*c.Expiration)
}

func isUTC(text string) error {
	at, err := time.Parse(time.RFC3339, text)
	if err == nil && (!strings.HasSuffix(text, "Z") || at.Year() < 2000) {
		err = fmt.Errorf("%s is no time of today in UTC", text)
	}
	return err
}

// conforms is "conforms FILE exec-credential APIVERSION" or "conforms FILE aws".
func conforms(ts *testscript.TestScript, neg bool, args []string) {
	data := []byte(ts.ReadFile(args[0]))
	var err error
	switch args[1] {
	case "exec-credential":
		err = conformsToExecCredential(data, args[2])
	case "aws":
		err = conformsToAWS(data)
	default:
		ts.Fatalf("conforms: unknown form %s", args[1])
	}
	if neg == (err == nil) {
		ts.Fatalf("%s as %s: %v", args[0], args[1], err)
	}
}

// The judges of the scripts refuse what is not published.
func TestConforms(t *testing.T) {
	for _, row := range []struct {
		name, text string
		aws, want  bool
	}{
		{"the least", `{"apiVersion":"v","kind":"ExecCredential","status":{"token":"t"}}`, false, true},
		{"all of it", `{"apiVersion":"v","kind":"ExecCredential","spec":{"interactive":false},"status":{"token":"t","expirationTimestamp":"2026-01-02T03:04:05Z"}}`, false, true},
		{"another version", `{"apiVersion":"w","kind":"ExecCredential","status":{"token":"t"}}`, false, false},
		{"another kind", `{"apiVersion":"v","kind":"execCredential","status":{"token":"t"}}`, false, false},
		{"another case", `{"apiversion":"v","kind":"ExecCredential","status":{"token":"t"}}`, false, false},
		{"no token", `{"apiVersion":"v","kind":"ExecCredential","status":{}}`, false, false},
		{"one more", `{"apiVersion":"v","kind":"ExecCredential","status":{"token":"t","tokenType":"Bearer"}}`, false, false},
		{"no time", `{"apiVersion":"v","kind":"ExecCredential","status":{"token":"t","expirationTimestamp":""}}`, false, false},
		{"another zone", `{"apiVersion":"v","kind":"ExecCredential","status":{"token":"t","expirationTimestamp":"2026-01-02T03:04:05+01:00"}}`, false, false},
		{"two values", `{"apiVersion":"v","kind":"ExecCredential","status":{"token":"t"}}{}`, false, false},
		{"aws, the least", `{"Version":1,"AccessKeyId":"a","SecretAccessKey":"b"}`, true, true},
		{"aws, all of it", `{"Version":1,"AccessKeyId":"a","SecretAccessKey":"b","SessionToken":"c","Expiration":"2026-01-02T03:04:05Z"}`, true, true},
		{"aws, another version", `{"Version":2,"AccessKeyId":"a","SecretAccessKey":"b"}`, true, false},
		{"aws, a version as text", `{"Version":"1","AccessKeyId":"a","SecretAccessKey":"b"}`, true, false},
		{"aws, another case", `{"Version":1,"AccessKeyID":"a","SecretAccessKey":"b"}`, true, false},
		{"aws, one more", `{"Version":1,"AccessKeyId":"a","SecretAccessKey":"b","AccountId":"1"}`, true, false},
	} {
		err := conformsToExecCredential([]byte(row.text), "v")
		if row.aws {
			err = conformsToAWS([]byte(row.text))
		}
		if (err == nil) != row.want {
			t.Errorf("%s: %v", row.name, err)
		}
	}
}

func TestAWSCredential(t *testing.T) {
	expiry := time.Date(2030, 1, 2, 3, 4, 5, 0, time.FixedZone("CET", 3600))
	const done = `{"Version":1,"AccessKeyId":"ASIA1","SecretAccessKey":"s/1+","SessionToken":"t=","Expiration":"2030-01-02T02:04:05Z"}`
	for _, row := range []struct {
		name  string
		extra map[string]string
		want  string // the output, or what the error says
	}{
		{"as AWS writes it", map[string]string{"AccessKeyId": `"ASIA1"`, "SecretAccessKey": `"s/1+"`, "SessionToken": `"t="`}, done},
		{"camel case", map[string]string{"accessKeyId": `"ASIA1"`, "secretAccessKey": `"s/1+"`, "sessionToken": `"t="`}, done},
		{"snake case", map[string]string{"access_key_id": `"ASIA1"`, "secret_access_key": `"s/1+"`, "session_token": `"t="`}, done},
		{"dotted paths", map[string]string{"a.Credentials.AccessKeyId": `"ASIA1"`, "a.Credentials.SecretAccessKey": `"s/1+"`, "a.Credentials.SessionToken": `"t="`}, done},
		{"pointers", map[string]string{"/a/AccessKeyId": `"ASIA1"`, "/a/SecretAccessKey": `"s/1+"`, "/a/SessionToken": `"t="`}, done},
		{"an object", map[string]string{"Credentials": `{"AccessKeyId":"ASIA1","SecretAccessKey":"s/1+","SessionToken":"t=","other":[1]}`}, done},
		{"an object in an object", map[string]string{"r": `{"Credentials":{"AccessKeyId":"ASIA1","SecretAccessKey":"s/1+","SessionToken":"t="}}`}, done},
		{"twice the same", map[string]string{"AccessKeyId": `"ASIA1"`, "x": `{"accessKeyId":"ASIA1","SecretAccessKey":"s/1+","SessionToken":"t="}`}, done},
		{"its own expiration", map[string]string{"c": `{"AccessKeyId":"ASIA1","SecretAccessKey":"s/1+","SessionToken":"t="}`, "Expiration": `"2029-12-31T23:00:00+01:00"`},
			strings.Replace(done, "2030-01-02T02:04:05Z", "2029-12-31T22:00:00Z", 1)},
		{"seconds", map[string]string{"c": `{"AccessKeyId":"ASIA1","SecretAccessKey":"s/1+","SessionToken":"t=","Expiration":1.893456E9}`},
			strings.Replace(done, "2030-01-02T02:04:05Z", "2030-01-01T00:00:00Z", 1)},
		{"milliseconds", map[string]string{"c": `{"AccessKeyId":"ASIA1","SecretAccessKey":"s/1+","SessionToken":"t=","expiration":1893456000999}`},
			strings.Replace(done, "2030-01-02T02:04:05Z", "2030-01-01T00:00:00Z", 1)},
		{"a null counts as none", map[string]string{"c": `{"AccessKeyId":"ASIA1","SecretAccessKey":"s/1+","SessionToken":"t=","Expiration":null}`}, done},
		{"a long-term key", map[string]string{"AccessKeyId": `"AKIA1"`, "SecretAccessKey": `"s"`}, `{"Version":1,"AccessKeyId":"AKIA1","SecretAccessKey":"s","Expiration":"2030-01-02T02:04:05Z"}`},

		{"nothing", nil, "no AccessKeyId, SecretAccessKey, SessionToken"},
		{"one", map[string]string{"AccessKeyId": `"ASIA1"`}, "no SecretAccessKey, SessionToken"},
		{"no session", map[string]string{"AccessKeyId": `"ASIA1"`, "SecretAccessKey": `"s"`}, "no SessionToken"},
		{"empty", map[string]string{"AccessKeyId": `""`, "SecretAccessKey": `"s"`, "SessionToken": `"t"`}, "no AccessKeyId"},
		{"a number", map[string]string{"AccessKeyId": `1`, "SecretAccessKey": `"s"`, "SessionToken": `"t"`}, "AccessKeyId is no string"},
		{"an array", map[string]string{"c": `[{"AccessKeyId":"ASIA1","SecretAccessKey":"s","SessionToken":"t"}]`}, "no AccessKeyId"},
		{"two of them", map[string]string{"a.AccessKeyId": `"ASIA1"`, "b.AccessKeyId": `"ASIA2"`}, "they differ"},
		{"no time", map[string]string{"c": `{"AccessKeyId":"ASIA1","SecretAccessKey":"s","SessionToken":"t","Expiration":"soon"}`}, "Expiration is no time"},
		{"no time either", map[string]string{"c": `{"AccessKeyId":"ASIA1","SecretAccessKey":"s","SessionToken":"t","Expiration":1e300}`}, "Expiration is no time"},
	} {
		t.Run(row.name, func(t *testing.T) {
			token := &jeton.Token{AccessToken: jeton.NewSecret("at"), Expiry: expiry, Extra: map[string]json.RawMessage{}}
			for name, value := range row.extra {
				token.Extra[name] = json.RawMessage(value)
			}
			text, err := awsCredentialJSON(token)
			if !strings.HasPrefix(row.want, "{") {
				if err == nil || !strings.Contains(err.Error(), row.want) || describe(err).Exit != 7 || len(describe(err).Findings) != 1 {
					t.Fatalf("%v, want %q", err, row.want)
				}
				return
			}
			var compact bytes.Buffer
			if err != nil || conformsToAWS([]byte(text)) != nil || json.Compact(&compact, []byte(text)) != nil || compact.String() != row.want {
				t.Errorf("%v %s, want %s", err, compact.String(), row.want)
			}
		})
	}
}

func TestBearerAlone(t *testing.T) {
	for _, row := range []struct {
		name  string
		token jeton.Token
		want  jeton.Parameter // in question; empty: it can be presented
	}{
		{"bearer", jeton.Token{TokenType: "Bearer"}, ""},
		{"written out", jeton.Token{TokenType: "N_A", Usage: jeton.Usage{Header: "authorization", Scheme: "bearer"}}, ""},
		{"bound to a key", jeton.Token{TokenType: "DPoP"}, "client.dpop"},
		{"bound to a key, said to be bearer", jeton.Token{TokenType: "DPoP", Usage: jeton.Usage{Scheme: "Bearer"}}, "client.dpop"},
		{"raw", jeton.Token{TokenType: "Bearer", Usage: jeton.Usage{Raw: true}}, "usage.raw"},
		{"another field", jeton.Token{TokenType: "Bearer", Usage: jeton.Usage{Header: "X-Token"}}, "usage.header"},
		{"another scheme", jeton.Token{TokenType: "Bearer", Usage: jeton.Usage{Scheme: "token"}}, "usage.scheme"},
		{"another type", jeton.Token{TokenType: "PoP"}, "usage.scheme"},
		{"basic", jeton.Token{TokenType: "Basic"}, "usage.scheme"},
		{"one more field", jeton.Token{TokenType: "Bearer", Usage: jeton.Usage{Headers: map[string]jeton.SecretSource{"X-Key": {}}}}, "usage.headers"},
	} {
		t.Run(row.name, func(t *testing.T) {
			row.token.AccessToken = jeton.NewSecret("canary-token")
			text, err := execCredentialJSON(execV1, &row.token)
			if row.want == "" {
				if err != nil || conformsToExecCredential([]byte(text), execV1) != nil {
					t.Errorf("%v %s", err, text)
				}
				return
			}
			if text != "" || err == nil || describe(err).Findings[0].Parameter != row.want || strings.Contains(err.Error(), "canary") {
				t.Errorf("%q %v, want %s", text, err, row.want)
			}
		})
	}
}
