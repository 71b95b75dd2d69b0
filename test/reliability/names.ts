/** Shell commands that give a mount namespace its own hosts file and its own DNS server, and nothing else to ask. */

export function ownNames(hosts: string, resolver = 'nameserver 127.0.0.1'): string {
  const lines = hosts.trim().replaceAll('\n', '\\n');
  return `
    mount -t tmpfs names /mnt
    printf '127.0.0.1 localhost\\n::1 localhost\\n${lines}\\n' > /mnt/hosts
    printf 'hosts: files dns\\n' > /mnt/nsswitch.conf
    printf '${resolver.replaceAll('\n', '\\n')}\\n' > /mnt/resolv.conf
    for name in hosts nsswitch.conf resolv.conf; do mount --bind /mnt/$name /etc/$name; done`;
}
