package secret_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"

	"github.com/jeton-oauth/jeton/secret"
)

const canary = "canary-5d1c"

type holder struct {
	Open   secret.Value
	hidden secret.Value
	list   []secret.Value
	m      map[string]any
}

func TestNothingPrintsASecret(t *testing.T) {
	s := secret.New(canary)
	h := holder{Open: s, hidden: s, list: []secret.Value{s}, m: map[string]any{"s": s, "p": &s}}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%T", "%10s"} {
		for name, value := range map[string]any{"value": s, "pointer": &s, "struct": h, "struct pointer": &h, "nested": []any{h}} {
			got := fmt.Sprintf(verb, value)
			if strings.Contains(got, canary) || strings.Contains(got, fmt.Sprintf("%x", canary)) || strings.Contains(got, fmt.Sprintf("%X", canary)) {
				t.Errorf("%s of %s shows the secret: %s", verb, name, got)
			}
		}
	}
}

func TestNoEncoderShowsASecret(t *testing.T) {
	s := secret.New(canary)
	asJSON, err := json.Marshal(map[string]any{"a": s, "b": &s, "c": holder{Open: s}})
	if err != nil {
		t.Fatal(err)
	}
	asYAML, err := yaml.Marshal(map[string]any{"a": s, "c": holder{Open: s}})
	if err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "s", s, "h", holder{Open: s, hidden: s})
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "s", s, "h", holder{Open: s, hidden: s})
	for name, out := range map[string]string{"json": string(asJSON), "yaml": string(asYAML), "slog": log.String()} {
		if strings.Contains(out, canary) {
			t.Errorf("%s shows the secret: %s", name, out)
		}
		if !strings.Contains(out, secret.Redacted) {
			t.Errorf("%s does not say that there is one: %s", name, out)
		}
	}
}

func TestZero(t *testing.T) {
	var zero secret.Value
	if !zero.IsZero() || !secret.New("").IsZero() || zero.String() != "" || zero.Reveal() != "" {
		t.Error("the zero value is not empty")
	}
	if secret.New("a").IsZero() || !secret.New("a").Equal(secret.New("a")) || secret.New("a").Equal(secret.New("b")) || secret.New("a").Equal(zero) {
		t.Error("Equal or IsZero is wrong")
	}
}
