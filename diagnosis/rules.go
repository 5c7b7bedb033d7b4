package diagnosis

import (
	"slices"
	"strings"
	"sync"

	"github.com/jeton-oauth/jeton"
)

// vendorRules are the tables of the vendors, which come before all others: the
// codes and phrases of one vendor, each with its source. Tables are literals, not
// calls, so that the compiler lays them out and nothing runs at the start.
var vendorRules = [][]jeton.Rule{
	entraRules,
	b2cRules,
	azureIdentityRules,
	googleRules,
	salesforceRules,
	snowflakeRules,
	docusignRules,
	boxRules,
	zoomRules,
	githubRules,
	slackRules,
	saasRules,
	nhsRules,
	norwayRules,
	cernerRules,
	oktaRules,
	auth0Rules,
	keycloakClientRules,
	keycloakTokenRules,
	keycloakGrantRules,
	keycloakExchangeRules,
	ibmRules,
	ibmAccessRules,
	healthRules,
	forgerockRules,
	hydraRules,
	springRules,
	wso2Rules,
	oracleAccessRules,
	platformRules,
	gatewayRules,
	financeRules,
}

// rule is a rule made ready: what it compares is prepared once.
type rule struct {
	jeton.Rule
	pattern pattern
	codes   []string
	// more are suspects that depend on the connection; they follow.
	more func(*refusal) []jeton.Suspect
}

func prepare(r jeton.Rule) rule {
	ready := rule{Rule: r, pattern: newPattern(r.Words, r.Not)}
	for _, code := range r.Codes {
		ready.codes = append(ready.codes, strings.ToLower(code))
	}
	return ready
}

func prepareAll(tables ...[]jeton.Rule) (ready []rule) {
	for _, table := range tables {
		for _, r := range table {
			ready = append(ready, prepare(r))
		}
	}
	return ready
}

func prepareCodes(table []codeRule) (ready []rule) {
	for _, r := range table {
		one := prepare(r.Rule)
		one.more = r.more
		ready = append(ready, one)
	}
	return ready
}

// tables are the rules made ready, at the first use.
var tables = sync.OnceValue(func() (t struct{ vendor, generic, byCode, last []rule }) {
	t.vendor = prepareAll(vendorRules...)
	t.generic = prepareAll(genericRules...)
	t.byCode = prepareCodes(codeRules)
	t.last = prepareCodes(lastRules)
	return t
})

// fits reports whether all conditions of a rule hold.
func (r *refusal) fits(ready rule) bool {
	switch {
	case ready.codes != nil && !slices.ContainsFunc(ready.codes, func(code string) bool { return r.codes[code] }):
		return false
	case ready.Statuses != nil && !slices.Contains(ready.Statuses, r.err.Status):
		return false
	}
	for _, feature := range ready.When {
		if name, not := strings.CutPrefix(feature, "!"); r.features[name] == not {
			return false
		}
	}
	return ready.pattern.matches(r.words, r.set)
}

// matched are the suspects of the rules that fit, a list for each rule.
func (r *refusal) matched(rules []rule, most int) (lists [][]jeton.Suspect) {
	for _, ready := range rules {
		if len(lists) == most {
			break
		}
		if !r.fits(ready) {
			continue
		}
		blame := ready.Blame
		if ready.more != nil {
			blame = append(slices.Clip(blame), ready.more(r)...)
		}
		if blame = r.sent(blame); len(blame) > 0 {
			lists = append(lists, blame)
		}
	}
	return lists
}

// sent writes the parameters of the request for the placeholders, and drops what
// was not sent.
func (r *refusal) sent(blame []jeton.Suspect) []jeton.Suspect {
	list := make([]jeton.Suspect, 0, len(blame))
	for _, s := range retarget(blame, r.err) {
		p := string(s.Parameter)
		switch {
		case strings.HasPrefix(p, "<assertion>"):
			if len(r.assertions) == 0 {
				continue
			}
			p = string(r.blamedAssertion()) + strings.TrimPrefix(p, "<assertion>")
		case p == "<credential>":
			p = string(r.credential())
		}
		// client_secret_jwt signs with the secret.
		if p == "client.assertion.key" && r.c.ClientAuthMethod() == "client_secret_jwt" {
			p = "client.secret"
		}
		s.Parameter = jeton.Parameter(p)
		list = append(list, s)
	}
	return list
}

// credential is what the client authenticates with.
func (r *refusal) credential() jeton.Parameter {
	switch r.c.ClientAuthMethod() {
	case "private_key_jwt":
		return "client.assertion.key"
	case "tls_client_auth", "self_signed_tls_client_auth":
		return "tls.client.certificate"
	case "none":
		switch {
		case r.grant == "jwt_bearer":
			return "grant.assertion.key"
		case r.grant == "password":
			return "grant.password"
		case r.grant == "refresh_token":
			return "grant.refresh_token"
		}
	}
	return "client.secret"
}

// inTurn takes the first of each list, then the second of each, and so on: what
// several rules name is worth more than the second thought of one.
func inTurn(lists [][]jeton.Suspect) (all []jeton.Suspect) {
	for i := 0; ; i++ {
		some := false
		for _, list := range lists {
			if i < len(list) {
				all, some = append(all, list[i]), true
			}
		}
		if !some {
			return all
		}
	}
}
