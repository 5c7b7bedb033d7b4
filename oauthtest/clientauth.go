package oauthtest

import (
	"crypto/sha1"
	"crypto/subtle"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// caller is who sent a token request.
type caller struct {
	client     *Client // nil: nobody, which only jwt_bearer permits
	method     string  // client authentication method
	thumbprint string  // of the client certificate, if tokens are bound to it
	jkt        string  // of the key of the DPoP proof; empty: there was none
}

func (c *caller) id() string {
	if c.client == nil {
		return ""
	}
	return c.client.ID
}

// presented lists the client authentications that the request carries, without
// the certificate: that one may be there for the transport alone.
func presented(r *request) []string {
	var methods []string
	if r.http.Header.Get("Authorization") != "" {
		methods = append(methods, AuthBasic)
	}
	if r.param("client_secret") != "" && r.assertionIn() != "client_secret" {
		methods = append(methods, AuthPost)
	}
	if a := r.clientAssertion; a != nil {
		method := AuthPrivateKeyJWT
		if strings.HasPrefix(a.Algorithm(), "HS") {
			method = AuthSecretJWT
		}
		methods = append(methods, method)
	}
	return methods
}

// authenticate finds out who is calling. The caller it returns with a refusal
// says how the client tried.
func (s *Server) authenticate(r *request) (*caller, *refusal) {
	if s.dialect != nil && s.dialect.authenticate != nil {
		return s.dialect.authenticate(s, r)
	}
	return s.authenticateClient(r)
}

// authenticateClient is for all but the dialects with a way of their own.
func (s *Server) authenticateClient(r *request) (*caller, *refusal) {
	c := &caller{}
	methods := presented(r)
	if len(methods) > 1 {
		return c, refuse(codeInvalidRequest, "one_method",
			"more than one client authentication: "+strings.Join(methods, " and "))
	}
	if len(r.http.Header.Values("Authorization")) > 1 {
		return c, refuse(codeInvalidRequest, "one_method", "more than one Authorization header")
	}
	if len(methods) == 0 {
		return s.authenticateBare(r)
	}
	c.method = methods[0]
	var problem *refusal
	switch c.method {
	case AuthBasic:
		problem = s.checkBasic(r, c)
	case AuthPost:
		problem = s.checkSecret(r.param("client_id"), r.param("client_secret"), c)
	default:
		problem = s.checkClientAssertion(r, c)
	}
	if problem == nil {
		problem = c.checkMethod()
	}
	s.bind(r, c)
	return c, problem
}

// checkMethod refuses a client that may not authenticate the way it did.
func (c *caller) checkMethod() *refusal {
	if slices.Contains(c.client.methods(), c.method) {
		return nil
	}
	return refuse(codeInvalidClient, "auth_method", fmt.Sprintf(
		"the client may not use the client authentication %s; it is registered for %s",
		c.method, strings.Join(c.client.methods(), ", ")))
}

func (s *Server) checkBasic(r *request, c *caller) *refusal {
	if scheme, _ := r.authorization(); !strings.EqualFold(scheme, "Basic") && !s.dialect.takesScheme(scheme) {
		return refuse(codeInvalidClient, "auth_scheme", "the Authorization header must use the Basic scheme")
	}
	id, secret, problem := r.basic(s.cfg.RawBasic)
	if problem != nil {
		return problem
	}
	if other := r.param("client_id"); other != "" && other != id {
		return refuse(codeInvalidRequest, "client_id", "client_id differs from the user of the Basic credentials")
	}
	return s.checkSecret(id, secret, c)
}

func (s *Server) checkSecret(id, secret string, c *caller) *refusal {
	if problem := s.findClient(id, c); problem != nil {
		return problem
	}
	if c.client.Secret == "" || subtle.ConstantTimeCompare([]byte(secret), []byte(c.client.Secret)) != 1 {
		return refuse(codeInvalidClient, "secret", "the client secret is wrong")
	}
	return nil
}

func (s *Server) findClient(id string, c *caller) *refusal {
	if id == "" {
		return refuse(codeInvalidClient, "client_id", "client_id is missing").finer("client_missing")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	client, ok := s.clients[id]
	if !ok {
		return refuse(codeInvalidClient, "client_id", fmt.Sprintf("the client %q is not registered", id)).finer("client_unknown")
	}
	c.client = &client
	return nil
}

// authenticateBare is for requests that carry client_id at most, and perhaps a
// client certificate on their connection.
func (s *Server) authenticateBare(r *request) (*caller, *refusal) {
	c := &caller{}
	id := r.param("client_id")
	if id == "" && r.path == pathToken && s.grantOf(r) == GrantJWTBearer {
		s.bind(r, c)
		return c, nil // RFC 7523 section 2.1: the assertion may stand alone
	}
	if problem := s.findClient(id, c); problem != nil {
		return c, problem
	}
	methods := c.client.methods()
	tls := slices.DeleteFunc(slices.Clone(methods), func(m string) bool { return m != AuthTLS && m != AuthSelfSignedTLS })
	public := slices.Contains(methods, AuthNone)
	switch {
	case len(tls) > 0 && (len(r.chain) > 0 || !public):
		return c, s.checkCertificate(r, c, tls)
	case public:
		c.method = AuthNone
		s.bind(r, c)
		return c, nil
	}
	return c, refuse(codeInvalidClient, "missing",
		"client authentication is missing; the client is registered for "+strings.Join(methods, ", "))
}

// checkCertificate tries the TLS methods of the client, and reports what is
// wrong with the last.
func (s *Server) checkCertificate(r *request, c *caller, methods []string) *refusal {
	c.method = methods[0]
	if len(r.chain) == 0 {
		return refuse(codeInvalidClient, "certificate", "no client certificate was presented")
	}
	var problem *refusal
	for _, c.method = range methods {
		if c.method == AuthTLS {
			problem = s.checkIssuedCertificate(r, c.client)
		} else {
			problem = checkRegisteredCertificate(r, c.client)
		}
		if problem == nil {
			break
		}
	}
	s.bind(r, c)
	return problem
}

// checkIssuedCertificate is tls_client_auth (RFC 8705 section 2.1).
func (s *Server) checkIssuedCertificate(r *request, client *Client) *refusal {
	own := x509.NewCertPool()
	own.AddCert(s.authority.Leaf)
	var err error
	for _, roots := range []*x509.CertPool{own, s.cfg.ClientCAs} {
		if roots == nil {
			continue
		}
		if err = verifyChain(r.chain, roots, r.now); err == nil {
			break
		}
	}
	if invalid := (x509.CertificateInvalidError{}); errors.As(err, &invalid) && invalid.Reason == x509.Expired {
		return refuse(codeInvalidClient, "certificate_validity", "the client certificate is expired or not yet valid")
	}
	if err != nil {
		return refuse(codeInvalidClient, "certificate_chain", "the client certificate is not issued by a trusted authority")
	}
	if normalDN(client.SubjectDN) != normalDN(r.chain[0].Subject.String()) {
		return refuse(codeInvalidClient, "certificate_subject", fmt.Sprintf(
			"the subject of the client certificate is %q, the client is registered with %q",
			r.chain[0].Subject.String(), client.SubjectDN))
	}
	return nil
}

func verifyChain(chain []*x509.Certificate, roots *x509.CertPool, now time.Time) error {
	intermediates := x509.NewCertPool()
	for _, c := range chain[1:] {
		intermediates.AddCert(c)
	}
	_, err := chain[0].Verify(x509.VerifyOptions{
		Roots: roots, Intermediates: intermediates, CurrentTime: now,
		KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	})
	return err
}

// checkRegisteredCertificate is self_signed_tls_client_auth (RFC 8705 section 2.2):
// the certificate counts, not who signed it.
func checkRegisteredCertificate(r *request, client *Client) *refusal {
	if client.Certificate == nil || !r.chain[0].Equal(client.Certificate) {
		return refuse(codeInvalidClient, "certificate_match", "the client certificate is not the registered one")
	}
	return nil
}

// normalDN spells attribute types in capitals and drops space around commas, so
// that "cn=bot, O=Acme" is "CN=bot,O=Acme".
func normalDN(dn string) string {
	parts := strings.Split(dn, ",")
	for i, p := range parts {
		if kind, value, ok := strings.Cut(p, "="); ok {
			p = strings.ToUpper(strings.TrimSpace(kind)) + "=" + strings.TrimSpace(value)
		}
		parts[i] = strings.TrimSpace(p)
	}
	return strings.Join(parts, ",")
}

// bind remembers the certificate for certificate-bound tokens.
func (s *Server) bind(r *request, c *caller) {
	if s.cfg.CertificateBound && len(r.chain) > 0 {
		c.thumbprint = thumbprint(r.chain[0])
	}
}

// thumbprint is x5t#S256 (RFC 8705 section 3.1).
func thumbprint(c *x509.Certificate) string { return thumbprintOf(c.Raw) }

// thumbprintSHA1 is x5t (RFC 7515 section 4.1.7).
func thumbprintSHA1(c *x509.Certificate) string {
	sum := sha1.Sum(c.Raw) //nolint:gosec // it names a certificate, and protects nothing
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

func (s *Server) checkClientAssertion(r *request, c *caller) *refusal {
	if r.param("client_assertion_type") != wireAssertionType && r.assertionIn() == "client_assertion" {
		return refuse(codeInvalidRequest, "client_assertion_type", "client_assertion_type must be "+wireAssertionType)
	}
	id, subject := r.param("client_id"), r.clientAssertion.Subject()
	if s.dialect != nil && s.dialect.claimedClient != nil {
		subject = s.dialect.claimedClient(r)
	}
	if id != "" && subject != "" && id != subject {
		return refuse(codeInvalidClient, "sub", "the 'sub' claim of the client_assertion differs from client_id")
	}
	if problem := s.findClient(orDefault(subject, id), c); problem != nil {
		return problem
	}
	rules := assertionRules{
		parameter:  "client_assertion",
		issuer:     c.client.ID,
		subjects:   []string{c.client.ID},
		audiences:  orAudiences(c.client.Audiences, s.audiencesAt(r.path)),
		algorithms: c.client.Algorithms,
		types:      c.client.Types,
		keys:       c.client.Keys,
		secret:     c.client.Secret,
		lifetime:   s.cfg.maxAssertionLifetime(),
	}
	s.adjust(r, &rules)
	if problem := s.verify(r.clientAssertion, rules, r.now); problem != nil {
		return problem.with(codeInvalidClient)
	}
	return nil
}

// ownAudiences are the names by which assertions may address the server.
func (s *Server) ownAudiences() []string {
	list := []string{s.TokenURL(), s.Issuer()}
	if s.mtlsURL != "" {
		list = append(list, s.MTLSTokenURL())
	}
	return list
}

// audiencesAt are the names by which client assertions may address an endpoint.
func (s *Server) audiencesAt(path string) []string {
	switch {
	case path == pathToken:
		return s.ownAudiences()
	case s.cfg.TokenURLAudience:
		return append(s.ownAudiences(), s.URL+path)
	}
	return []string{s.Issuer()}
}

func orAudiences(registered, own []string) []string {
	if len(registered) > 0 {
		return registered
	}
	return own
}
