package diagnosis

import (
	"strings"

	"github.com/jeton-oauth/jeton"
)

// wayRule says whom to blame when a request got no answer, by the part of the way
// at which it ended.
type wayRule struct {
	stage jeton.Stage
	// timeout: the wait was given up; else the other side or the network ended it.
	timeout bool
	// plain: the URL is http, and not https.
	plain bool
	blame []jeton.Suspect
}

var (
	blockedSuspect = about("egress", "a firewall, or the provider's list of admitted addresses, may keep this machine out", "ask whether this machine may reach the host, and whether its address is registered at the provider")
	proxySuspect   = about("egress", "the network may let requests out through a proxy alone", "set HTTPS_PROXY, or let the firewall pass this host")
	noCertSuspect  = about("tls.client", "the server may want a client certificate", "write tls.client, if the provider gave or registered a certificate")
	httpsSuspect   = about("token_url", "the server closed the connection: it may speak https on this port", "write token_url with https")
)

// wayRules are the suspects beside those that the engine names. What was closed
// after the TLS handshake, without a word, is most often a list of addresses.
var wayRules = []wayRule{
	{stage: jeton.StageDNS, blame: []jeton.Suspect{about("token_url", "the host cannot be looked up", "check the host in token_url"), proxySuspect}},
	{stage: jeton.StageTCP, timeout: true, blame: []jeton.Suspect{proxySuspect, about("token_url", "host or port may be wrong", "check host and port of token_url")}},
	{stage: jeton.StageTCP, blame: []jeton.Suspect{about("token_url", "nothing answers at this host and port", "check host and port of token_url"), proxySuspect}},
	{stage: jeton.StageTLS, timeout: true, blame: []jeton.Suspect{proxySuspect}},
	{stage: jeton.StageTLS, blame: []jeton.Suspect{noCertSuspect, blockedSuspect}},
	{stage: jeton.StageHTTP, timeout: true, blame: []jeton.Suspect{about("vendor", "the server takes the request and does not answer in time", "try again, or ask the provider")}},
	{stage: jeton.StageHTTP, plain: true, blame: []jeton.Suspect{httpsSuspect}},
	{stage: jeton.StageHTTP, blame: []jeton.Suspect{blockedSuspect, noCertSuspect}},
}

// unanswered are the suspects for a request that got no answer.
func unanswered(c *jeton.Connection, f Facts) (list []jeton.Finding) {
	err := f.Err
	if err.Category() != jeton.NetworkError || err.Status != 0 || len(err.Findings) == 0 && !err.Timeout() {
		return nil // it was not the network, or somebody gave up
	}
	raw := c.TokenURL
	if f.Exchange != nil && f.Exchange.Request.URL != "" {
		raw = f.Exchange.Request.URL
	}
	plain := strings.HasPrefix(raw, "http://")
	for _, rule := range wayRules {
		if rule.stage != err.Stage || rule.timeout != err.Timeout() || rule.plain && !plain {
			continue
		}
		for i, s := range retarget(rule.blame, err) {
			if i == 0 && len(err.Findings) > 0 && err.Stage != jeton.StageHTTP {
				list = append(list, err.Findings...) // the engine has seen more of it
			}
			if err.Stage == jeton.StageTLS && s.Parameter == "tls.client" && hasCertificate(c) {
				continue
			}
			found := jeton.Finding{Parameter: s.Parameter, Problem: s.Problem, Fix: s.Fix, Evidence: limit(err.Problem)}
			if s.Parameter == "token_url" && plain && err.Stage == jeton.StageHTTP {
				found.Proposed = "https://" + strings.TrimPrefix(withoutQuery(raw), "http://")
			}
			list = append(list, found)
		}
		break
	}
	return list
}
