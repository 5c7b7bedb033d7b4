package main

import (
	"encoding/json"
	"strings"

	"github.com/spf13/cobra"

	"github.com/jeton-oauth/jeton"
)

// The versions of the protocol between Kubernetes clients and credential
// plugins that there are; an answer has the version of the question.
// https://kubernetes.io/docs/reference/config-api/client-authentication.v1/
const (
	execV1      = "client.authentication.k8s.io/v1"
	execV1beta1 = "client.authentication.k8s.io/v1beta1"
)

// execCredential is what a credential plugin prints for kubectl.
type execCredential struct {
	APIVersion string               `json:"apiVersion"`
	Kind       string               `json:"kind"`
	Status     execCredentialStatus `json:"status"`
}

type execCredentialStatus struct {
	ExpirationTimestamp string `json:"expirationTimestamp,omitempty"`
	Token               string `json:"token"`
}

// execInfo is what the client says in KUBERNETES_EXEC_INFO. Members that are not
// here, such as the cluster, are left alone: later clients may say more.
type execInfo struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
	Spec       struct {
		Interactive *bool `json:"interactive"`
	} `json:"spec"`
}

// execCredentialVersion is the version to answer in. It also takes note of a
// client that has no terminal to give.
func (p *program) execCredentialVersion(cmd *cobra.Command) (string, error) {
	text, _ := p.env("KUBERNETES_EXEC_INFO")
	if text == "" {
		return execV1, nil
	}
	var info execInfo
	switch {
	case len(text) > maxFile:
		return "", usagef(cmd, "KUBERNETES_EXEC_INFO is larger than %d KiB", maxFile>>10)
	case json.Unmarshal([]byte(text), &info) != nil:
		return "", usagef(cmd, "KUBERNETES_EXEC_INFO is no ExecCredential in JSON")
	case info.Kind != "ExecCredential":
		return "", usagef(cmd, "KUBERNETES_EXEC_INFO has the kind %.60q; only ExecCredential is known", info.Kind)
	case info.APIVersion != execV1 && info.APIVersion != execV1beta1:
		return "", usagef(cmd, "KUBERNETES_EXEC_INFO has the apiVersion %.60q, which is not known; write %s into the kubeconfig, or %s", info.APIVersion, execV1, execV1beta1)
	}
	if asks := info.Spec.Interactive; asks != nil && !*asks {
		p.noLogin = "the Kubernetes client gives no terminal (KUBERNETES_EXEC_INFO says interactive: false)"
	}
	return info.APIVersion, nil
}

// execCredentialJSON is the answer to kubectl, in this version.
func execCredentialJSON(version string, t *jeton.Token) (string, error) {
	if err := bearerAlone(t); err != nil {
		return "", err
	}
	answer := execCredential{APIVersion: version, Kind: "ExecCredential",
		Status: execCredentialStatus{ExpirationTimestamp: expiresAt(t), Token: t.AccessToken.Reveal()}}
	return encodeJSON(answer)
}

// acceptsBearer asks before the request whether a connection's token could be
// presented as kubectl does: a refused answer would have spent a refresh token.
func acceptsBearer(c *jeton.Connection) error {
	t := &jeton.Token{AccessToken: jeton.NewSecret("t"), TokenType: "Bearer", Usage: c.Usage}
	switch {
	case c.Client.DPoP != nil:
		t.TokenType = "DPoP"
	case c.Type == "basic":
		t.TokenType = "Basic"
	}
	return bearerAlone(t)
}

// bearerAlone says why a token cannot be presented by "Authorization: Bearer
// TOKEN" and nothing else, which is all that a Kubernetes client does.
func bearerAlone(t *jeton.Token) error {
	name, value := t.Header()
	scheme, _, _ := strings.Cut(value.Reveal(), " ")
	var parameter jeton.Parameter
	var problem string
	fix := "use another form, or remove it if the API also takes Authorization: Bearer"
	switch {
	case t.TokenType == "DPoP":
		parameter, problem, fix = "client.dpop", "a token bound to a key (DPoP) needs a new proof for every request", "ask for a token that is not bound: remove client.dpop"
	case t.Usage.Query != "":
		parameter, problem = "usage.query", "the token is presented in the query"
	case t.Usage.Cookie != "":
		parameter, problem = "usage.cookie", "the token is presented in a cookie"
	case t.Usage.Raw:
		parameter, problem = "usage.raw", "the token is presented without a scheme"
	case !strings.EqualFold(name, "Authorization"):
		parameter, problem = "usage.header", "the token is presented in another header field"
	case !strings.EqualFold(scheme, "Bearer"):
		parameter, problem = "usage.scheme", "the token is presented by another scheme than Bearer"
		fix = "write usage.scheme: Bearer if the API takes it so, or use another form"
	case len(t.Usage.Headers) > 0:
		parameter, problem = "usage.headers", "the token is presented with further header fields"
	default:
		return nil
	}
	return jeton.NewError(jeton.DocumentInvalid, jeton.StageConfig, "-o exec-credential: Kubernetes clients only send Authorization: Bearer: "+string(parameter)+": "+problem,
		jeton.Finding{Parameter: parameter, Problem: problem, Fix: fix, Certain: true})
}
