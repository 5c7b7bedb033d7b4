package jeton

import (
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/jeton-oauth/jeton/internal/doctree"
	"github.com/jeton-oauth/jeton/internal/nearest"
)

// otherNames maps a squeezed name that RFCs, vendors and other programs use to
// our fields: the end of their paths, the likely one first. They are only
// proposed, never accepted. A name whose meaning is the opposite of ours
// (verify, enabled) is not among them.
func otherNames(squeezed string) []string {
	switch squeezed {
	case "uri", "endpoint":
		return []string{"url", "token_url"}
	case "token":
		return []string{"response.access_token"}
	case "clientid", "appid", "applicationid", "consumerkey":
		return []string{"client.id"}
	case "clientsecret", "appsecret", "consumersecret":
		return []string{"client.secret"}
	case "clientauth", "clientauthentication", "authmethod", "tokenendpointauthmethod":
		return []string{"client.auth"}
	case "clientassertion":
		return []string{"client.assertion"}
	case "clientassertiontype":
		return []string{"client.assertion.type"}
	case "scope":
		return []string{"scopes"}
	case "scopeplace":
		return []string{"scope_in"}
	case "separator":
		return []string{"scope_separator"}
	case "tokenendpoint", "tokenuri", "accesstokenurl", "accesstokenuri", "tokenendpointurl", "url":
		return []string{"token_url"}
	case "mtlstokenendpoint":
		return []string{"mtls_token_url"}
	case "authorizationendpoint", "authorizationuri", "authorizeurl", "authurl", "authuri", "authendpoint":
		return []string{"authorization_url"}
	case "deviceauthorizationendpoint":
		return []string{"device_authorization_url"}
	case "revocationendpoint", "revokeurl":
		return []string{"revocation_url"}
	case "issuerurl", "discoveryurl":
		return []string{"issuer"}
	case "variables", "tenant", "region":
		return []string{"vars"}
	case "granttype", "flow":
		return []string{"grant.type"}
	case "user":
		return []string{"grant.username"}
	case "pass":
		return []string{"grant.password"}
	case "redirecturi", "callbackurl", "callback":
		return []string{"grant.redirect_url"}
	case "privatekey", "privatekeyfile", "signingkey", "keyfile", "keystore", "pfx", "pem", "jwk":
		return []string{"assertion.key"}
	case "alg", "signingalgorithm", "signingalg":
		return []string{"algorithm", "assertion.algorithm"}
	case "kid", "keyid", "typ":
		return []string{"headers", "assertion.headers"}
	case "header":
		return []string{"headers"}
	case "x5t", "x5c":
		return []string{"certificate_headers", "assertion.certificate_headers"}
	case "iss":
		return []string{"issuer", "assertion.issuer"}
	case "sub":
		return []string{"subject", "assertion.subject"}
	case "aud":
		return []string{"audience", "assertion.audience"}
	case "exp", "ttl", "expiry", "validity":
		return []string{"lifetime", "assertion.lifetime"}
	case "leeway":
		return []string{"backdate", "assertion.backdate"}
	case "nbf", "customclaims", "extraclaims":
		return []string{"claims", "assertion.claims"}
	case "passphrase":
		return []string{"password", "assertion.key.password"}
	case "keypassphrase", "storepassword":
		return []string{"password"}
	case "keyalias", "keystorealias":
		return []string{"alias"}
	case "parameters", "extraparams", "query", "body":
		return []string{"request.params"}
	case "contenttype", "format":
		return []string{"request.encoding"}
	case "customheaders":
		return []string{"request.headers"}
	case "cafile", "cacert", "cabundle", "rootca", "truststore":
		return []string{"tls.ca"}
	case "cert":
		return []string{"certificate", "tls.client.certificate"}
	case "clientcert", "clientcertificate":
		return []string{"tls.client.certificate"}
	case "clientkey":
		return []string{"tls.client.key"}
	case "insecure", "skipverify":
		return []string{"insecure_skip_verify", "tls.insecure_skip_verify"}
	case "tokenfield", "tokenpath":
		return []string{"response.access_token"}
	case "prefix", "tokenprefix":
		return []string{"usage.scheme"}
	case "label", "tags":
		return []string{"labels"}
	case "id":
		return []string{"name", "client.id"}
	case "disabled":
		return []string{"paused"}
	case "var", "environment", "envvar", "fromenv":
		return []string{"env"}
	case "path", "filename", "fromfile":
		return []string{"file"}
	case "text", "literal", "data", "kty", "keys":
		return []string{"value"}
	case "b64":
		return []string{"base64"}
	case "cmd", "exec":
		return []string{"command"}
	}
	return nil
}

// otherWords maps the squeezed words of other programs to our enum values.
func otherWords(squeezed string) string {
	switch squeezed {
	case "basic":
		return "client_secret_basic"
	case "post", "body":
		return "client_secret_post"
	case "jwt":
		return "private_key_jwt"
	case "mtls", "tls":
		return "tls_client_auth"
	case "code":
		return "authorization_code"
	case "m2m", "clientcredential":
		return "client_credentials"
	case "device", "urnietfparamsoauthgranttypedevicecode":
		return "device_code"
	case "ropc":
		return "password"
	case "tokenexchangegrant", "urnietfparamsoauthgranttypetokenexchange":
		return "token_exchange"
	case "urnietfparamsoauthgranttypejwtbearer":
		return "jwt_bearer"
	case "ed25519":
		return "EdDSA"
	case "s":
		return "seconds"
	case "ms":
		return "milliseconds"
	case "unix":
		return "epoch"
	case "iso8601":
		return "rfc3339"
	case "applicationjson":
		return "json"
	case "urlencoded", "applicationxwwwformurlencoded":
		return "form"
	case "oauth":
		return "oauth2"
	case "mutualtls":
		return "certificate"
	}
	return ""
}

// squeeze makes tokenURL, token-url and TOKEN_URL the same.
func squeeze(name string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'A' && r <= 'Z':
			return r + 'a' - 'A'
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			return r
		}
		return -1
	}, name)
}

// nearestWord proposes one of the words, or "".
func nearestWord(text string, words []string) string {
	if len(text) > doctree.MaxName {
		return ""
	}
	squeezed := squeeze(text)
	for _, word := range words {
		if squeeze(word) == squeezed || otherWords(squeezed) == word {
			return word
		}
	}
	return nearestOf(squeezed, words, nearest.Slips(squeezed))
}

// nearestOf returns the word at the least distance, the first of equals.
func nearestOf(squeezed string, words []string, limit int) string {
	best, least := "", limit+1
	for _, word := range words {
		if d := nearest.Distance(squeezed, squeeze(word)); d < least {
			best, least = word, d
		}
	}
	return best
}

// isIdentifier reports the form of every field name of ours, and of what is like
// one; with many digits it rather is a secret in the wrong place.
func isIdentifier(name string) bool {
	return len(name) <= 40 && looksLikeWord(strings.ReplaceAll(name, ".", "_")) && strings.Trim(name, "0123456789.-#") != ""
}

// unknown reports a field that is not there. In the place of a secret, and
// where nothing follows the name, the name may be the secret itself ({s3cret}
// in braces): it is shown only if it is close to a field of ours.
func (d *documentDecoder) unknown(fields []documentField, m doctree.Member, path string, t reflect.Type) {
	here, elsewhere := d.suggest(fields, m.Name, path)
	sensitive := t == reflect.TypeFor[SecretSource]() || t == reflect.TypeFor[KeySource]() || m.Value.IsNull()
	shown, parameter := "unknown field", path
	if isIdentifier(m.Name) && (!sensitive || here != "" || elsewhere != "") {
		shown += " " + strconv.Quote(m.Name)
		parameter = doctree.FieldPath(path, m.Name)
	} else {
		shown += " (name not shown)"
	}
	names := make([]string, len(fields))
	for i, f := range fields {
		names[i] = f.name
	}
	switch {
	case strings.Contains(here, "."):
		d.problems.Add(parameter, m.Line, shown, moveTo(here, here), here)
	case here != "":
		d.problems.Add(parameter, m.Line, shown, "write "+strconv.Quote(here), here)
	case elsewhere != "":
		d.problems.Add(parameter, m.Line, shown, moveTo(elsewhere, m.Name), elsewhere)
	case path == "":
		d.problems.Add(parameter, m.Line, shown, "remove it; jeton schema lists all fields", "")
	default:
		d.problems.Add(parameter, m.Line, shown, "remove it; the fields of "+path+" are "+strings.Join(names, ", "), "")
	}
}

// moveTo says where a field belongs that stands in another place.
func moveTo(path, written string) string {
	section, name, nested := cutLast(path)
	switch {
	case !nested:
		return "write " + path + " at the top level"
	case path == written:
		return "write " + name + " below " + section + ":"
	}
	return "write it as " + path
}

// cutLast splits the last name off a path.
func cutLast(path string) (section, name string, nested bool) {
	i := strings.LastIndexByte(path, '.')
	if i < 0 {
		return "", path, false
	}
	return path[:i], path[i+1:], true
}

// suggest is find, and the name below it where the field found is a free mapping.
func (d *documentDecoder) suggest(fields []documentField, name, path string) (here, elsewhere string) {
	here, elsewhere = d.find(fields, name, path)
	if strings.HasSuffix(elsewhere, ".assertion.audience") && !d.signs() {
		return "", "request.params.audience" // without a JWT it is the parameter that Auth0 and others want
	}
	member := ""
	switch squeeze(name) {
	case "kid", "keyid":
		member = "kid"
	case "typ", "tenant", "region", "nbf":
		member = squeeze(name)
	}
	if member == "" {
		return here, elsewhere
	}
	for _, found := range []*string{&here, &elsewhere} {
		if _, last, _ := cutLast(*found); last == "headers" || last == "vars" || last == "claims" {
			*found += "." + member
		}
	}
	return here, elsewhere
}

// find finds the field that was meant: at the same place, or else anywhere.
func (d *documentDecoder) find(fields []documentField, name, path string) (here, elsewhere string) {
	if len(name) > doctree.MaxName {
		return "", ""
	}
	squeezed := squeeze(name)
	if squeezed == "" {
		return "", ""
	}
	names := make([]string, len(fields))
	for i, f := range fields {
		names[i] = f.name
		if squeeze(f.name) == squeezed {
			return f.name, ""
		}
	}
	for _, other := range otherNames(squeezed) {
		if slices.Contains(names, other) {
			return other, ""
		}
	}
	paths := documentPaths(reflect.TypeFor[Connection](), "")
	for _, other := range append([]string{name}, otherNames(squeezed)...) {
		if slices.Contains(paths, other) {
			return "", other // client.id written with its dot, or the path of a table
		}
	}
	if near := nearestOf(squeezed, names, min(1, nearest.Slips(squeezed))); near != "" {
		return near, ""
	}
	for _, end := range append(otherNames(squeezed), squeezed) {
		if found := d.closest(paths, end, path); found != "" {
			return "", found
		}
	}
	if near := nearestOf(squeezed, names, nearest.Slips(squeezed)); near != "" {
		return near, ""
	}
	for _, known := range names {
		if len(squeezed) >= 4 && strings.HasPrefix(squeeze(known), squeezed) {
			return known, ""
		}
	}
	return "", ""
}

// closest returns, of the paths with this end, the one nearest to a place: few
// levels of its own beside those that it shares with the place.
func (d *documentDecoder) closest(paths []string, end, place string) string {
	best, least := "", 0
	for _, path := range paths {
		if !strings.HasSuffix("."+path, "."+end) && squeeze(path[strings.LastIndexByte(path, '.')+1:]) != end {
			continue
		}
		distance := 4 * (1 + strings.Count(path, "."))
		for _, part := range strings.SplitAfter(place, ".") {
			if part != "" && strings.HasPrefix(path, strings.TrimSuffix(place[:strings.Index(place, part)+len(part)], ".")+".") {
				distance -= 8
			}
		}
		distance += strings.Count(path, ".") // of equals, the one higher up
		if d.signsGrant() && strings.HasPrefix(path, "grant.") {
			distance -= 3
		}
		if best == "" || distance < least {
			best, least = path, distance
		}
	}
	return best
}

// signsGrant reports a document whose assertion is the grant, not the client's.
func (d *documentDecoder) signsGrant() bool {
	grant := d.root.Member("grant")
	if grant == nil {
		return false
	}
	kind := grant.Member("type")
	return kind != nil && kind.Text == "jwt_bearer"
}

// signs reports a document with an assertion.
func (d *documentDecoder) signs() bool {
	for _, section := range []string{"client", "grant"} {
		if n := d.root.Member(section); n != nil && n.Member("assertion") != nil {
			return true
		}
	}
	return d.signsGrant()
}

// documentPaths lists the paths of all fields that are not below a list or a
// map, in the order of the code.
func documentPaths(t reflect.Type, prefix string) []string {
	var paths []string
	for _, f := range documentFields(t) {
		path := doctree.FieldPath(prefix, f.name)
		paths = append(paths, path)
		inner := f.typ
		switch inner {
		case reflect.TypeFor[KeySource](), reflect.TypeFor[KeyList]():
			for _, name := range []string{"password", "key_password", "alias", "encoding", "allow_weak_key"} {
				paths = append(paths, path+"."+name)
			}
			continue
		case reflect.TypeFor[SecretSource](), reflect.TypeFor[Secret]():
			continue
		}
		if inner.Kind() == reflect.Pointer {
			inner = inner.Elem()
		}
		if inner.Kind() == reflect.Struct {
			paths = append(paths, documentPaths(inner, path)...)
		}
	}
	return paths
}
