package jeton

// deviceCodeType is the registered grant type of RFC 8628 section 3.4.
const deviceCodeType = "urn:ietf:params:oauth:grant-type:device_code"

// deviceCode is RFC 8628: a person logs in at another device, see
// [Engine.AuthorizeDevice] and [Engine.AwaitDevice]; later requests present the
// refresh token.
type deviceCode struct{}

func (deviceCode) Type() string { return "device_code" }

func (deviceCode) Apply(r *TokenRequest) error {
	if r.renew() {
		return nil
	}
	if r.login == nil || r.login.deviceCode.IsZero() {
		return noLogin("somebody has to log in at the authorization server with another device")
	}
	r.setGrantType()
	r.set("device_code", r.login.deviceCode.Reveal())
	return nil
}

func (deviceCode) check(c *Connection, report *report) {
	report.require("client.id", c.Client.ID != "", "the device_code grant needs the client id")
	report.require("device_authorization_url", c.DeviceAuthorizationURL != "" || c.Issuer != "", "the device_code grant needs the device authorization endpoint, or an issuer whose metadata name it")
}
