package key

import (
	"encoding/json"
	"strconv"
	"strings"

	"github.com/jeton-oauth/jeton/secret"
)

// vendor recognises the JSON files in which vendors hand out keys; nil, nil if it is none.
func (p *opener) vendor(m map[string]json.RawMessage) (*file, error) {
	if m["boxAppSettings"] != nil {
		return p.box(m)
	}
	for _, wrap := range []string{"credentials", "uaa"} { // cf service-key prints it wrapped, some services twice
		if inner, err := members(m[wrap]); err == nil && (inner["clientid"] != nil || inner["uaa"] != nil) {
			m = inner
		}
	}
	if m["clientid"] != nil {
		return p.xsuaa(m)
	}
	for _, name := range []string{"installed", "web"} {
		if m[name] != nil {
			return nil, isNot("a Google OAuth client file", "its client secret goes into client.secret; for a service account give its own JSON key")
		}
	}
	switch t := text(m, "type"); t {
	case "service_account":
		return p.google(m)
	case "authorized_user":
		return nil, isNot("a Google file of the type authorized_user, the login of a person", "create a key for a service account")
	case "external_account", "impersonated_service_account", "external_account_authorized_user", "gdch_service_account":
		return nil, isNot("a Google file of the type "+t, "create a key for a service account")
	}
	return nil, nil
}

// google reads the JSON key of a service account.
func (p *opener) google(m map[string]json.RawMessage) (*file, error) {
	const what = "Google service account file"
	f, err := p.inside(m, "private_key", what)
	if err != nil {
		return nil, err
	}
	f.format = "google-service-account"
	f.name(text(m, "private_key_id"))
	f.account = &Account{
		Vendor: "google", ClientEmail: text(m, "client_email"), ClientID: text(m, "client_id"), TokenURI: text(m, "token_uri"),
		ProjectID: text(m, "project_id"), Universe: text(m, "universe_domain"),
	}
	for _, name := range []string{"client_email", "token_uri"} {
		if text(m, name) == "" {
			p.note("the field " + strconv.Quote(name) + " is missing in the " + what)
		}
	}
	return f, nil
}

// box reads the app settings that the developer console of Box generates.
func (p *opener) box(m map[string]json.RawMessage) (*file, error) {
	const what = "Box app settings file"
	app, err := members(m["boxAppSettings"])
	if err != nil {
		return nil, missing("boxAppSettings", what)
	}
	auth, err := members(app["appAuth"])
	if err != nil {
		return nil, missing("boxAppSettings.appAuth", what)
	}
	if pass := text(auth, "passphrase"); pass != "" {
		p.o.Password = secret.New(pass)
	}
	f, err := p.inside(auth, "privateKey", what)
	if err != nil {
		return nil, err
	}
	f.format = "box-app-settings"
	f.name(text(auth, "publicKeyID"))
	f.account = &Account{
		Vendor: "box", ClientID: text(app, "clientID"), ClientSecret: secret.New(text(app, "clientSecret")), Enterprise: text(m, "enterpriseID"),
	}
	return f, nil
}

// xsuaa reads an SAP XSUAA (or IAS) service key of the credential type x509.
func (p *opener) xsuaa(m map[string]json.RawMessage) (*file, error) {
	const what = "SAP service key"
	if m["key"] == nil && m["clientsecret"] != nil {
		return nil, isNot("an SAP service key with a client secret", `create one with {"credential-type": "x509"}, or use its secret as client.secret`)
	}
	f, err := p.inside(m, "key", what)
	if err != nil {
		return nil, err
	}
	f.format = "xsuaa-service-key"
	f.name("")
	f.account = &Account{
		Vendor: "sap", ClientID: text(m, "clientid"), CertURL: text(m, "certurl"), URL: text(m, "url"), IdentityZone: text(m, "identityzone"),
	}
	if cert := text(m, "certificate"); cert != "" {
		c, err := p.pemText(cert, "certificate", what)
		if err != nil {
			return nil, err
		}
		certs, err := c.certificates("")
		if err != nil {
			return nil, err
		}
		f.certs = append(f.certs, certs...)
	} else {
		p.note(`the field "certificate" is missing in the ` + what)
	}
	return f, nil
}

// inside opens the key in the member name. Escapes that survived, because
// somebody escaped them twice, are repaired as in any other pasted PEM.
func (p *opener) inside(m map[string]json.RawMessage, name, what string) (*file, error) {
	pem := text(m, name)
	if strings.TrimSpace(pem) == "" {
		return nil, missing(name, what)
	}
	f, err := p.pemText(pem, name, what)
	if err != nil {
		return nil, err
	}
	f.named = false
	return f, nil
}

// pemText opens the text of a member. JSON inside JSON is refused: no vendor
// writes it, and each layer would be read again.
func (p *opener) pemText(s, name, what string) (*file, error) {
	if t := strings.TrimSpace(s); t == "" || t[0] == '{' || t[0] == '[' {
		return nil, fail(Format, "download the file again", "the field %q of the %s is not PEM", name, what)
	}
	return p.text([]byte(s))
}

// name gives every key the id and the format of the file it came in.
func (f *file) name(id string) {
	for i := range f.entries {
		f.entries[i].id, f.entries[i].format = id, f.format
	}
}

func missing(field, what string) *Error {
	return fail(Format, "download the file again", "the field %q is missing in the %s", field, what)
}
