package registry

import (
	"os"
	"regexp"
	"strings"

	"proactive/schema"
)

var sysID = regexp.MustCompile(`^[0-9a-f]{32}$`)

// sysID is a sys_id, or "" when there is none.
func (o *object) sysID() string {
	id := o.text("sys_id")
	if id != "" && !sysID.MatchString(id) {
		o.report("sys_id", "must be 32 hexadecimal digits (0-9, a-f)")
	}
	return id
}

func (r *reader) provider(o *object) {
	p := schema.Provider{
		Code:   o.required("provider_code"),
		Name:   o.text("name"),
		Active: o.flag("active", true),
	}
	o.bounded("provider_code", p.Code)
	r.c.Providers = append(r.c.Providers, p)
}

func (r *reader) user(o *object) {
	r.c.Users = append(r.c.Users, schema.User{
		SysID:      o.sysID(),
		UserName:   o.required("user_name"),
		FirstName:  o.text("first_name"),
		LastName:   o.text("last_name"),
		Email:      o.text("email"),
		Active:     o.flag("active", true),
		LockedOut:  o.flag("locked_out", false),
		Language:   o.checked("preferred_language", schema.CheckLanguage),
		TimeZone:   o.checked("time_zone", schema.CheckTimeZone),
		Department: o.text("department"),
		Location:   o.text("location"),
		Roles:      o.set("roles"),
	})
}

func (r *reader) computer(o *object) {
	r.c.Computers = append(r.c.Computers, schema.Computer{
		SysID:      o.sysID(),
		Name:       o.required("name"),
		OS:         o.text("os"),
		AssignedTo: o.text("assigned_to"),
	})
}

// credentials are an account's, in the clear. An empty one keeps what is stored. Of one that was to come from an environment variable
// that is not set, the variable's name is kept: then something must be stored already.
type credentials struct{ password, apiKey, noPassword, noAPIKey string }

func (r *reader) serviceAccount(o *object) {
	account := schema.ServiceAccount{
		UserName:  o.required("user_name"),
		Active:    o.flag("active", true),
		LockedOut: o.flag("locked_out", false),
		Providers: o.set("providers"),
	}
	for _, name := range o.set("roles") {
		if role := schema.Role(name); role.Known() {
			account.Roles = append(account.Roles, role)
		} else {
			o.report("roles", "there is no role %q: use %s", name, listed(schema.AllRoles()))
		}
	}
	if strings.ContainsRune(account.UserName, ':') {
		o.report("user_name", "must not hold a colon, with which Basic authentication parts name and password")
	}
	var given credentials
	given.password, given.noPassword = o.secret("password")
	given.apiKey, given.noAPIKey = o.secret("api_key")
	if given.apiKey != "" {
		o.checkAPIKey(given.apiKey)
	}
	r.c.credentials[account.UserName] = given
	r.c.ServiceAccounts = append(r.c.ServiceAccounts, account)
}

// minAPIKey is the length that a random key needs so that one fast hash is enough to keep it.
const minAPIKey = 32

func (o *object) checkAPIKey(key string) {
	name := "api_key"
	if !o.has(name) {
		name = "api_key_env"
	}
	if len(key) < minAPIKey {
		o.report(name, "an API key has at least %d characters: make one with `openssl rand -hex 32`", minAPIKey)
	}
}

// secret is what stands in the field, or in the environment variable that the field with _env names. Of a variable that is not set the
// name is returned as unset.
func (o *object) secret(name string) (value, unset string) {
	plain, variable := o.text(name), o.text(name+"_env")
	if o.has(name) && o.has(name+"_env") {
		o.report(name+"_env", "stands beside %s: remove one", name)
	}
	if o.has(name) && plain == "" && !o.r.reportedAt(o.at(name)) {
		o.report(name, "is empty: give it a value or remove it")
	}
	if variable == "" {
		return plain, ""
	}
	if value = os.Getenv(variable); value == "" {
		return "", variable
	}
	return value, ""
}

func listed[T ~string](names []T) string {
	texts := make([]string, len(names))
	for i, name := range names {
		texts[i] = string(name)
	}
	return strings.Join(texts, ", ")
}
