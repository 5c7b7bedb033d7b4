package provider_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/jeton-oauth/jeton"
)

// answer plays the vendor: what the preset says of the reply is so.
func (w *wire) answer(response http.ResponseWriter, target *url.URL) {
	response.Header().Set("Content-Type", "application/json")
	response.Header().Set("Date", goldenNow.Format(http.TimeFormat))
	origin := "https://" + target.Host
	if issuer, found := strings.CutSuffix(target.Path, "/.well-known/openid-configuration"); found {
		w.next = "then, after discovery"
		issuer = origin + issuer
		if strings.HasSuffix(w.c.Issuer, "/") {
			issuer += "/"
		}
		w.write(response, map[string]any{"issuer": issuer, "token_endpoint": origin + "/token", "authorization_endpoint": origin + "/authorize", "device_authorization_endpoint": origin + "/device"})
		return
	}
	if strings.Contains(target.Path, "/.well-known/") {
		w.sent--
		http.NotFound(response, nil)
		return
	}
	if target.Path != "" && strings.HasSuffix(w.c.DeviceAuthorizationURL, target.Path) {
		w.write(response, map[string]any{"device_code": "golden-device-code", "user_code": "WDJB-MJHT", "verification_uri": origin + "/device", "expires_in": 900})
		return
	}
	options := w.c.Response
	if step := w.sent - 1; w.c.Grant.Type != "authorization_code" && len(w.c.Steps) > 0 {
		if w.c.TokenURL == "none" || w.c.TokenURL == "" {
			step++ // the first request is that of the first step
		}
		if step > 0 && step <= len(w.c.Steps) {
			options = w.c.Steps[step-1].Response
		}
	}
	w.reply(response, options)
}

func (w *wire) write(response http.ResponseWriter, body map[string]any) {
	data, err := json.Marshal(body)
	if err != nil {
		w.t.Error(err)
	}
	_, _ = response.Write(data)
}

// reply is a token reply with everything in the place that the preset names.
func (w *wire) reply(response http.ResponseWriter, options jeton.ResponseOptions) {
	body := map[string]any{"token_type": "Bearer"}
	if w.c.Client.DPoP != nil {
		body["token_type"] = "DPoP"
	}
	for _, condition := range options.Success {
		switch {
		case condition.Equals != nil:
			put(body, condition.Path, condition.Equals)
		case condition.Matches != "":
			put(body, condition.Path, strings.NewReplacer("^", "", "$", "", `\`, "", "(?i)", "").Replace(condition.Matches))
		case condition.Exists != nil && *condition.Exists:
			put(body, condition.Path, "something")
		}
	}
	for _, name := range options.Keep {
		put(body, name, w.kept(name))
	}
	if w.c.Grant.Type == "authorization_code" || w.c.Grant.Type == "device_code" {
		body["refresh_token"] = "golden-refresh-token"
	}
	put(body, or(options.ExpiresIn, "expires_in"), expiry(options.ExpiresFormat))
	const token = "golden-token"
	switch name, header := strings.CutPrefix(options.AccessToken, "header:"); {
	case header:
		response.Header().Set(name, token)
	case options.AccessToken == "body":
		_, _ = io.WriteString(response, token)
		return
	default:
		put(body, or(options.AccessToken, "access_token"), token)
	}
	w.write(response, body)
}

// kept is a member that is handed on: a URL or a host of the vendor where its name says so.
func (w *wire) kept(name string) string {
	host := "kept.example"
	if len(w.c.Resource.Hosts) > 0 {
		host = strings.Replace(w.c.Resource.Hosts[0], "*", "kept", 1)
	}
	switch lower := strings.ToLower(name); {
	case strings.Contains(lower, "dns"), strings.Contains(lower, "host"):
		return host
	case strings.Contains(lower, "url"), strings.Contains(lower, "uri"), strings.Contains(lower, "domain"):
		return "https://" + host
	}
	return "kept " + name
}

func expiry(format string) any {
	end := goldenNow.Add(time.Hour)
	switch format {
	case "milliseconds":
		return 3_600_000
	case "epoch":
		return end.Unix()
	case "epoch_ms":
		return end.UnixMilli()
	case "rfc3339":
		return end.Format(time.RFC3339)
	}
	return 3600
}

func or(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}

// put writes a value at a dotted path or a JSON Pointer.
func put(body map[string]any, path string, value any) {
	steps := strings.Split(path, ".")
	if strings.HasPrefix(path, "/") {
		steps = strings.Split(path[1:], "/")
	}
	var at any = body
	for i, step := range steps {
		var below any = map[string]any{}
		if i == len(steps)-1 {
			below = value
		} else if n, err := strconv.Atoi(steps[i+1]); err == nil {
			below = make([]any, n+1)
		}
		switch in := at.(type) {
		case map[string]any:
			if old, ok := in[step]; ok && i < len(steps)-1 {
				below = old
			}
			in[step] = below
		case []any:
			n, _ := strconv.Atoi(step)
			if in[n] != nil && i < len(steps)-1 {
				below = in[n]
			}
			in[n] = below
		}
		at = below
	}
}
