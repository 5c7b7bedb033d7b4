package oauthtest

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"net/http"
	"strings"
	"time"
)

// dialectRoutes are the paths of the vendor, and those of ours that no vendor
// minds. Recorded.Endpoint calls them by the same names as without a vendor.
func (s *Server) dialectRoutes() http.Handler {
	d := s.dialect
	all := map[string]route{
		pathAuthorize:                 {pathAuthorize, (*Server).authorize},
		pathJWKS:                      {pathJWKS, (*Server).jwks},
		s.issuerPath() + pathOpenID:   {pathOpenID, (*Server).metadata},
		pathMetadata + s.issuerPath(): {pathMetadata, (*Server).metadata},
		pathHome:                      {pathHome, (*Server).lost},
	}
	if d.tokenPath != "" {
		all[d.tokenPath] = route{pathToken, (*Server).token}
	}
	if d.apiPath != "" {
		all[d.apiPath] = route{pathResource, d.resourceWork()}
	}
	maps.Copy(all, d.routes)
	mux := http.NewServeMux()
	for path, r := range all {
		mux.HandleFunc(path, s.endpoint(r.endpoint, func(req *request) *answer { return r.work(s, req) }))
	}
	return mux
}

func (d *Dialect) resourceWork() func(*Server, *request) *answer {
	if d.resource != nil {
		return d.resource
	}
	return (*Server).resource
}

// lost is a path that the vendor does not have.
func (s *Server) lost(r *request) *answer {
	return s.refusal(r, &refusal{code: codeInvalidRequest, check: "path", status: http.StatusNotFound,
		reason: "there is nothing at " + r.http.URL.Path})
}

// tokenPath is where the token endpoint is.
func (s *Server) tokenPath() string {
	if s.dialect == nil {
		return pathToken
	}
	return s.dialect.fillPath(s.dialect.tokenPath)
}

// resourcePath is where the protected resource is.
func (s *Server) resourcePath() string {
	if s.dialect == nil {
		return pathResource
	}
	return s.dialect.fillPath(s.dialect.apiPath)
}

func (d *Dialect) fillPath(path string) string {
	for name, value := range d.values {
		path = strings.ReplaceAll(path, "{"+name+"}", value)
	}
	return path
}

// assertionIn is the parameter that carries a client assertion.
func (r *request) assertionIn() string {
	if r.dialect == nil {
		return "client_assertion"
	}
	return orDefault(r.dialect.assertionIn, "client_assertion")
}

// adjust lets the dialect change what an assertion must fulfil.
func (s *Server) adjust(r *request, rules *assertionRules) {
	if s.dialect != nil && s.dialect.rules != nil {
		s.dialect.rules(s, r, rules)
	}
}

// before is what a vendor looks at before the client: the path, missing parameters.
func (s *Server) before(r *request) *refusal {
	if s.dialect == nil {
		return nil
	}
	for name, value := range s.dialect.values {
		if got := r.http.PathValue(name); got != "" && got != value {
			return refuse(codeInvalidRequest, name, fmt.Sprintf("the %s %q of the path is not known", name, got))
		}
	}
	if s.dialect.before != nil {
		if problem := s.dialect.before(s, r); problem != nil {
			return problem
		}
	}
	if s.dialect.grants != nil && r.problem == nil && s.dialect.grants[r.param("grant_type")] == "" {
		return refuse(codeUnsupportedGrantType, "grant_type", fmt.Sprintf("the grant_type %q is not supported", r.param("grant_type")))
	}
	return nil
}

// after is what a vendor looks at last: consent, scopes, entitlement.
func (s *Server) after(r *request, who *caller, g *granted) *refusal {
	if s.dialect == nil || s.dialect.after == nil {
		return nil
	}
	return s.dialect.after(s, r, who, g)
}

// decideGrant returns the function of a grant.
func (s *Server) decideGrant(name string) grantFunc {
	if s.dialect != nil && s.dialect.own[name] != nil {
		return s.dialect.own[name]
	}
	return grants()[name]
}

// dialectReply gives the reply the members of the vendor.
func (s *Server) dialectReply(r *request, t *accessToken, body map[string]any) {
	if s.dialect != nil && s.dialect.reply != nil {
		s.dialect.reply(s, r, t, body)
	}
}

// granted is the status of a good answer.
func (s *Server) granted() int {
	if s.dialect != nil && s.dialect.created {
		return http.StatusCreated
	}
	return http.StatusOK
}

// issueAgain answers with the token that is alive, and what is left of its life.
func (s *Server) issueAgain(r *request, g *granted, who *caller) *answer {
	if s.dialect == nil || !s.dialect.sameToken {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	for value, t := range s.access {
		if t.client == who.id() && t.subject == g.subject && t.active(now) {
			body := s.reply(t, value)
			body["expires_in"] = int64(math.Ceil(t.expires.Sub(now).Seconds()))
			s.dialectReply(r, t, body)
			return &answer{status: http.StatusOK, header: http.Header{}, body: body}
		}
	}
	return nil
}

// dialectRefusal says no as the vendor does. It is nil where the vendor is not
// known to say anything of its own. req may be nil.
func (s *Server) dialectRefusal(req *request, r *refusal, endpoint string) *answer {
	if s.dialect == nil {
		return nil
	}
	known := s.dialect.refusalFor(r, endpoint == pathResource)
	if known == nil {
		return nil
	}
	if known.Hangup {
		panic(http.ErrAbortHandler)
	}
	a := &answer{status: known.Status, header: http.Header{}, refusal: r, named: known.Name}
	if text := known.fill(s, req, r.reason); text != "" {
		a.text = []byte(text)
		a.header.Set("Content-Type", contentType(text))
	}
	for name, value := range known.Header {
		a.header.Set(name, value)
	}
	return a
}

// fill writes the body.
func (v *VendorRefusal) fill(s *Server, req *request, reason string) string {
	sent := func(name string) string { return "the-" + strings.ReplaceAll(name, "_", "-") }
	if req != nil {
		sent = req.param
	}
	audience := sent("audience")
	if req != nil && audience == "" {
		audience = req.assertedAudience()
	}
	tenant := ""
	if s.dialect != nil {
		tenant = s.dialect.values["tenant"]
	}
	if req != nil {
		tenant = orDefault(req.http.PathValue("tenant"), tenant)
	}
	replace := []string{"{id}", newUUID(), "{time}", s.now().UTC().Format("2006-01-02 15:04:05Z"), "{trace}", newUUID()}
	for name, value := range map[string]string{
		"reason": orDefault(reason, v.Means), "client": sent("client_id"), "scope": sent("scope"),
		"grant_type": sent("grant_type"), "issuer": s.Issuer(), "audience": audience, "tenant": tenant,
	} {
		quoted := strings.Trim(string(encodeJSON(value)), `"`)
		replace = append(replace, "{"+name+"}", quoted)
	}
	return strings.NewReplacer(replace...).Replace(v.Body)
}

// assertedAudience is the aud of the assertion that was sent.
func (r *request) assertedAudience() string {
	for _, j := range []*JWT{r.assertion, r.clientAssertion} {
		if j != nil {
			return strings.Join(j.Audience(), " ")
		}
	}
	return ""
}

// newUUID returns a random UUID.
func newUUID() string {
	b := randomBytes(16)
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// judge verifies a JWT that is itself the token: of whom it is, and the refusal.
func (s *Server) judge(r *request, raw string) (*JWT, *refusal) {
	if raw == "" {
		return nil, refuse(codeInvalidToken, "missing", "the token is missing")
	}
	j := decodeJWT(raw)
	s.mu.Lock()
	issuer, ok := s.issuers[j.Issuer()]
	s.mu.Unlock()
	if j.malformed == "" && !ok {
		return j, refuse(codeInvalidToken, "iss", fmt.Sprintf("the issuer %q of the token is not known", j.Issuer())).finer("iss_unknown")
	}
	rules := assertionRules{
		parameter: "token", issuer: issuer.Issuer, subjects: issuer.Subjects, audiences: orAudiences(issuer.Audiences, s.ownAudiences()),
		algorithms: issuer.Algorithms, types: issuer.Types, keys: issuer.Keys, secret: issuer.Secret,
		lifetime: orDefault(issuer.MaxLifetime, s.cfg.maxAssertionLifetime()),
	}
	s.adjust(r, &rules)
	if problem := s.verify(j, rules, r.now); problem != nil {
		return j, problem.with(codeInvalidToken)
	}
	return j, nil
}

// judged answers a request whose token is a JWT of the caller.
func judged(body func(*Server, *JWT) map[string]any) func(*Server, *request) *answer {
	return func(s *Server, r *request) *answer {
		_, raw := r.authorization()
		j, problem := s.judge(r, raw)
		if problem != nil {
			return s.unauthorized(false, problem)
		}
		return &answer{status: http.StatusOK, header: http.Header{}, body: body(s, j), subject: j.Subject(), client: j.Issuer()}
	}
}

// known is an answer 200 with a body that does not depend on the token.
func known(body map[string]any) func(*Server, *request) *answer {
	return func(s *Server, r *request) *answer {
		a := s.resource(r)
		if a.refusal == nil {
			a.body = body
		}
		return a
	}
}

// jsonError is a body with error and error_description, the latter left out if it is empty.
func jsonError(code, description string) string {
	body := `{"error":` + quoted(code)
	if description != "" {
		body += `,"error_description":` + quoted(description)
	}
	return body + "}"
}

func quoted(text string) string {
	data, err := json.Marshal(text)
	if err != nil {
		panic("oauthtest: " + err.Error()) // a text can be encoded
	}
	return string(data)
}

// setLifetime says how long tokens live, unless the test does.
func setLifetime(c *Config, d time.Duration) { c.Lifetime = orDefault(c.Lifetime, d) }
