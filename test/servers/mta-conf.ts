/** The mail servers' configurations. Each takes all mail for test.example, but that for `nouser` (550) and `later` (450). */

export interface PlacedServer {
  readonly folder: string;
  readonly mailbox: string;
  readonly port: number;
  readonly submission: number;
  readonly implicit: number;
}

export function postfixMain({ folder, mailbox }: PlacedServer): string {
  return `compatibility_level = 3.6
queue_directory = ${folder}/queue
data_directory = ${folder}/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
mail_owner = postfix
setgid_group = postdrop
maillog_file = ${folder}/maillog
maillog_file_prefixes = /tmp
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = mx.test.example
mydestination =
mynetworks =
alias_maps =
alias_database =
smtputf8_enable = yes
virtual_mailbox_domains = test.example
virtual_mailbox_base = ${mailbox}
virtual_mailbox_maps = static:all/
virtual_minimum_uid = 1
virtual_uid_maps = static:65534
virtual_gid_maps = static:65534
virtual_mailbox_limit = 0
message_size_limit = 20000000
smtpd_recipient_restrictions = check_recipient_access inline:{nouser@test.example=REJECT,later@test.example=DEFER}, permit_sasl_authenticated, reject_unauth_destination
smtpd_relay_restrictions = permit_sasl_authenticated, reject_unauth_destination
default_transport = discard:
smtpd_tls_security_level = may
smtpd_tls_cert_file = ${folder}/certs.pem
smtpd_tls_key_file = ${folder}/server.key
smtpd_sasl_auth_enable = yes
smtpd_sasl_type = cyrus
smtpd_sasl_path = smtpd
smtpd_sasl_local_domain = test.example
smtpd_sasl_security_options = noanonymous
smtpd_error_sleep_time = 0
smtpd_client_connection_count_limit = 0
`;
}

export function postfixMaster({ port, submission, implicit }: PlacedServer): string {
  return `127.0.0.1:${port} inet n - n - - smtpd
127.0.0.1:${submission} inet n - n - - smtpd
  -o smtpd_tls_security_level=encrypt -o smtpd_tls_auth_only=yes
127.0.0.1:${implicit} inet n - n - - smtpd
  -o smtpd_tls_wrappermode=yes
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
local unix - n n - - local
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
`;
}

export function eximConf({ folder, mailbox, port, submission, implicit }: PlacedServer, program: string): string {
  const login = '{eq{$auth2}{user@test.example}}{eq{$auth3}{p:a ss%}}';
  return `exim_user = Debian-exim
exim_group = Debian-exim
exim_path = ${program}
keep_environment =
primary_hostname = mx.test.example
spool_directory = ${folder}/spool
log_file_path = ${folder}/log/%slog
pid_file_path = ${folder}/exim.pid
daemon_smtp_ports = ${port} : ${submission} : ${implicit}
tls_on_connect_ports = ${implicit}
local_interfaces = 127.0.0.1
disable_ipv6
host_lookup =
rfc1413_query_timeout = 0s
tls_advertise_hosts = *
tls_certificate = ${folder}/whole.pem
tls_privatekey = ${folder}/whole.pem
auth_advertise_hosts = *
smtp_accept_max = 500
smtp_accept_queue_per_connection = 0
message_size_limit = 20M
acl_smtp_rcpt = recipients
acl_smtp_data = accept
never_users =
queue_run_max = 2
begin acl
recipients:
  deny message = no such user
       local_parts = nouser
  defer message = try later
        local_parts = later
  accept domains = test.example
  accept authenticated = *
  deny message = relay not permitted
begin routers
box:
  driver = accept
  transport = box
begin transports
box:
  driver = appendfile
  directory = ${mailbox}
  maildir_format
  create_directory
  user = Debian-exim
  group = Debian-exim
begin retry
* * F,1m,1m
begin authenticators
plain:
  driver = plaintext
  public_name = PLAIN
  server_prompts = :
  server_condition = \${if and{${login}}}
  server_set_id = $auth2
login:
  driver = plaintext
  public_name = LOGIN
  server_prompts = Username:: : Password::
  server_condition = \${if and{{eq{$auth1}{user@test.example}}{eq{$auth2}{p:a ss%}}}}
  server_set_id = $auth1
cram:
  driver = cram_md5
  public_name = CRAM-MD5
  server_secret = \${if eq{$auth1}{user@test.example}{p:a ss%}fail}
  server_set_id = $auth1
`;
}

/** Without TLS: Debian's 6.8.0 keeps its keys in another process in a way that OpenSSL 3 does not take, and ends handshakes by an alert. */
export function opensmtpdConf({ folder, mailbox, port }: PlacedServer): string {
  return `queue ttl 1m
table vusers file:${folder}/virtuals
listen on 127.0.0.1 port ${port} hostname mx.test.example
action "box" maildir "${mailbox}" virtual <vusers>
match from any for domain "test.example" action "box"
`;
}

export function dovecotConf({ folder, mailbox, port }: PlacedServer): string {
  return `base_dir = ${folder}/base
state_dir = ${folder}/state
log_path = ${folder}/log
protocols = lmtp
listen = 127.0.0.1
default_internal_user = mail
default_internal_group = mail
default_login_user = nobody
mail_location = maildir:${mailbox}
mail_uid = 65534
mail_gid = 65534
first_valid_uid = 1
passdb {
  driver = static
  args = nopassword=y
}
userdb {
  driver = static
  args = uid=65534 gid=65534 home=${mailbox} allow_all_users=yes
}
ssl = no
service lmtp {
  inet_listener lmtp {
    address = 127.0.0.1
    port = ${port}
  }
}
service anvil {
  chroot =
}
`;
}
