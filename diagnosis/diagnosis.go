// Package diagnosis says why a token request failed: it names the parameter of
// the connection document to correct, with evidence and, where one is known, a
// proposed value. It is pure: it looks at facts and never at the network.
//
//	token, err := engine.Exchange(ctx, c, nil)
//	var e *jeton.Error
//	if errors.As(err, &e) {
//		for _, f := range diagnosis.Diagnose(c, diagnosis.Facts{Err: e, Local: engine.Validate(c)}).Findings { ... }
//	}
//
// The rules are tables (see [jeton.Rule]). What was found without the network
// outranks what the server says; the rule of a vendor outranks a rule on words, a
// word in the description outranks the error code, and where the server says
// nothing of use, what is unusual in the request comes before what is usual.
package diagnosis

import (
	"fmt"
	"slices"
	"time"

	"github.com/jeton-oauth/jeton"
)

// Facts are what is known about a failed exchange.
type Facts struct {
	// Err is the error of the exchange, or of the probe of the resource; nil if it succeeded.
	Err *jeton.Error
	// Local are the findings of Engine.Validate.
	Local []jeton.Finding
	// Exchange is what was sent and what came back, as it was recorded; nil if nothing was sent.
	Exchange *jeton.RedactedExchange
	// Metadata of the issuer; nil if they are not known.
	Metadata *jeton.Metadata
	// Preset of the vendor; nil for none.
	Preset *jeton.Preset
	// LastGood is the newest exchange of this connection that brought a token; nil if it is not known.
	LastGood *jeton.RedactedExchange
	// Rules come before all others. What their When may name, of the request: the
	// grant that was presented (client_credentials, jwt_bearer, password,
	// refresh_token, authorization_code, device_code, token_exchange); assertion,
	// client_assertion, grant_assertion, self_issued, certificate_headers, kid; secret,
	// client_secret_given, basic, post, unauthenticated, api_key, certificate, dpop;
	// own_grant_type, separator, json, get, query, http. Of the answer: login, push and resource, for who gave it;
	// html, xml, empty, silent and success, for what it is.
	Rules []jeton.Rule
}

// Diagnosis is the result: findings in the order in which to look at them.
type Diagnosis struct {
	// Findings: certain ones first, then at most three suspects, then warnings.
	Findings []jeton.Finding
}

// maxSuspects after the certain findings: a longer list is no help.
const maxSuspects = 3

// Diagnose ranks what the facts say about the connection.
func Diagnose(c *jeton.Connection, f Facts) *Diagnosis {
	var all ranking
	if f.Err == nil {
		all.add(f.Local...)
		return &Diagnosis{Findings: all.ranked()}
	}
	certain := func(f jeton.Finding) bool { return f.Certain }
	all.add(rightEndpoint(c, only(f.Err.Findings, certain), f.Metadata)...)
	all.add(only(f.Local, func(f jeton.Finding) bool { return f.Certain && !f.Warning })...)
	if answered(f.Err) {
		all.add(newRefusal(c, f).explained()...)
	} else {
		all.add(unanswered(c, f)...)
	}
	all.add(f.Err.Findings...)
	all.add(f.Local...)
	return &Diagnosis{Findings: all.ranked()}
}

// answered: a server has said something that the rules can look at.
func answered(err *jeton.Error) bool {
	return err.Stage == jeton.StageOAuth || err.Status != 0 && (err.Stage == jeton.StageHTTP || err.Stage == jeton.StageResponse || err.Stage == jeton.StageProbe)
}

// explained are the suspects for an answer, in their order.
func (r *refusal) explained() (found []jeton.Finding) {
	generic := r.matched(tables().generic, maxSuspects)
	if named := r.namedClaim(); named != nil {
		generic = append([][]jeton.Suspect{named}, generic...)
	}
	if f, ok := r.foreignParam(); ok {
		generic = append([][]jeton.Suspect{{f}}, generic...)
	} else if f, ok := r.namedParameter(); ok {
		generic = append([][]jeton.Suspect{{f}}, generic...)
	}
	if own := r.ownTimes(); own != nil {
		generic = append([][]jeton.Suspect{own}, generic...)
	}
	found = append(r.otherEndpoint(), r.clock(len(generic) > 0)...)
	for _, list := range append(r.byVendor(), inTurn(generic)) { // what a vendor's code means is said whole
		for _, s := range r.changedFirst(list) {
			found = append(found, r.finding(s))
		}
	}
	found = append(found, r.differences()...)
	suspects := only(r.err.Findings, func(f jeton.Finding) bool { return !f.Certain && !f.Warning })
	if r.err.Category() == jeton.NoTokenInResponse { // the scope, if the engine names one, explains why another token came
		found = append(found, only(suspects, func(f jeton.Finding) bool { return f.Parameter == "scopes" })...)
	}
	found = append(found, suspects...) // merged leaves out what is there already
	found = append(found, r.findings(tables().byCode)...)
	if len(found) == 0 && len(r.err.Findings) == 0 {
		found = r.findings(tables().last)
	}
	return r.merged(found)
}

// changedFirst moves to the front what is not as the vendor takes it, or not as it
// was when it worked: of several meanings of an answer that is the likeliest.
func (r *refusal) changedFirst(list []jeton.Suspect) []jeton.Suspect {
	differs := func(s jeton.Suspect) bool {
		of := func(f jeton.Finding) bool { return f.Parameter == s.Parameter }
		return slices.ContainsFunc(r.changed, of) || slices.ContainsFunc(r.unaccepted, of)
	}
	var first, rest []jeton.Suspect
	for _, s := range list {
		if differs(s) {
			first = append(first, s)
		} else {
			rest = append(rest, s)
		}
	}
	return append(first, rest...)
}

// findings are the suspects of the first rule that fits.
func (r *refusal) findings(rules []rule) (found []jeton.Finding) {
	for _, list := range r.matched(rules, 1) {
		for _, s := range list {
			found = append(found, r.finding(s))
		}
	}
	return found
}

// byVendor are the suspects of the rules that were given, of the preset, and of
// the vendors whose answers are known by their codes.
func (r *refusal) byVendor() [][]jeton.Suspect {
	own := slices.Clone(r.f.Rules)
	if r.f.Preset != nil {
		own = append(own, r.f.Preset.Rules...)
	}
	lists := r.matched(prepareAll(own), 2)
	return append(lists, r.matched(tables().vendor, 2)...)
}

// merged takes what a later finding knows of a parameter into the first one of it:
// the value to propose.
func (r *refusal) merged(found []jeton.Finding) (list []jeton.Finding) {
	at := map[jeton.Parameter]int{}
	for _, f := range found {
		if f.Warning {
			list = append(list, f)
			continue
		}
		if i, known := at[f.Parameter]; known {
			if list[i].Proposed == "" {
				list[i].Proposed = f.Proposed
			}
			continue
		}
		at[f.Parameter] = len(list)
		list = append(list, f)
	}
	return list
}

// finding is a suspect with the server's words as evidence.
func (r *refusal) finding(s jeton.Suspect) jeton.Finding {
	f := jeton.Finding{Parameter: s.Parameter, Problem: s.Problem, Fix: s.Fix, Proposed: s.Proposed, Evidence: r.evidence()}
	for _, known := range r.unaccepted { // nobody knows it better
		if known.Parameter == s.Parameter && f.Proposed == "" {
			f.Proposed = known.Proposed
		}
	}
	if f.Proposed == "" {
		f.Proposed = r.proposal(s.Parameter)
	}
	return f
}

func only(findings []jeton.Finding, which func(jeton.Finding) bool) (list []jeton.Finding) {
	for _, f := range findings {
		if which(f) {
			list = append(list, f)
		}
	}
	return list
}

// ranking collects findings: one for each parameter, the first one said wins.
type ranking struct{ certain, suspects, warnings []jeton.Finding }

func (r *ranking) add(findings ...jeton.Finding) {
	for _, f := range findings {
		switch {
		case f.Warning:
			r.warnings = appendOnce(r.warnings, f)
		case f.Certain:
			r.certain = appendOnce(r.certain, f)
		default:
			r.suspects = appendOnce(r.suspects, f)
		}
	}
}

func appendOnce(list []jeton.Finding, f jeton.Finding) []jeton.Finding {
	for _, known := range list {
		if known.Parameter == f.Parameter && known.Problem == f.Problem {
			return list
		}
	}
	return append(list, f)
}

// ranked is certain, then suspects without those that are certain already, then
// warnings without those that became suspects.
func (r *ranking) ranked() []jeton.Finding {
	list := append([]jeton.Finding{}, r.certain...)
	seen := map[jeton.Parameter]bool{}
	for _, f := range r.certain {
		seen[f.Parameter] = true
	}
	promoted := map[string]bool{}
	suspects := 0
	for _, f := range r.suspects {
		if !seen[f.Parameter] && suspects < maxSuspects {
			list = append(list, f)
			seen[f.Parameter] = true
			promoted[string(f.Parameter)+f.Problem] = true
			suspects++
		}
	}
	for _, f := range r.warnings {
		if !promoted[string(f.Parameter)+f.Problem] {
			list = append(list, f)
		}
	}
	return list
}

// clockLimit is the offset of the clock from which it explains a refusal, and
// clockNotice the one from which it is worth a warning.
const (
	clockLimit  = 60 * time.Second
	clockNotice = 30 * time.Second
)

// clock names the clock when the server's own Date header shows that it is off
// and the request carried a time. It is certain where the server speaks of times,
// the first suspect where it says nothing of use, and worth a warning where it has
// explained itself in other words.
func (r *refusal) clock(explained bool) []jeton.Finding {
	offset := r.err.ClockOffset.Round(time.Second)
	if !r.err.HasClockOffset || offset.Abs() < clockNotice || len(r.assertions) == 0 && r.c.Client.DPoP == nil {
		return nil
	}
	direction := "behind"
	if offset < 0 {
		direction = "ahead of"
	}
	spoken := timeWords.matches(r.words, r.set)
	return []jeton.Finding{{
		Parameter: "clock",
		Problem:   fmt.Sprintf("this machine's clock is %s %s the authorization server's", offset.Abs(), direction),
		Fix:       "synchronise the clock, or write auto_skew: true in the assertion",
		Evidence:  fmt.Sprintf("the Date header of the reply is %s from here", offset),
		Certain:   spoken && offset.Abs() >= clockLimit,
		Warning:   !spoken && (explained || offset.Abs() < clockLimit),
	}}
}

// timeWords speak of exp, iat or nbf.
var timeWords = newPattern([]string{"expired|not active|not yet valid|not before|time range|timeframe|time frame|clock|skew|iat|issued at|in the future|in the past|nbf|exp|expiration|not yet active|too old|short lived|expires|jwt has expired|validity"}, nil)
