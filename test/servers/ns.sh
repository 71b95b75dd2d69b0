#!/bin/bash
# ns.sh COMMAND...: runs it in a network of its own, and with an /etc of its own, in which there are the users of the servers.
# As root. With the last process of it all of this is gone: nothing of the machine is changed.
set -e
if [ "$1" != inside ]; then exec unshare -n -m --propagation private "$0" inside "$@"; fi
shift
ip link set lo up
# Without an address that is not loopback, getaddrinfo's AI_ADDRCONFIG finds nothing.
ip addr add 192.0.2.1/32 dev lo
mount -t tmpfs none /mnt
cp -a /etc /mnt/etc
mount --bind /mnt/etc /etc
mkdir -m 755 /mnt/home /mnt/empty
# vsftpd's, for those without a name.
getent passwd ftp >/dev/null || useradd -r -M -s /usr/sbin/nologin ftp
for user in Debian-exim opensmtpd opensmtpq; do
  getent group $user >/dev/null || groupadd -r $user
  getent passwd $user >/dev/null || useradd -r -g $user -M -d /mnt/empty -s /usr/sbin/nologin $user
done
useradd -M -d /mnt/home -s /bin/bash ftptest
chown ftptest: /mnt/home
echo 'ftptest:p:a ss%' | chpasswd
printf 'auth required pam_unix.so\naccount required pam_unix.so\n' > /etc/pam.d/vsftpd
exec "$@"
