import { existsSync } from 'node:fs'
import { rename } from 'node:fs/promises'
import { join } from 'node:path'
import { cacheFolder, installPackages, say, shell } from './shell.ts'

/**
 * A minimal Debian 12 with cron as a tar file in the cache, made by debootstrap once. What differs from build to build
 * (logs, caches, machine id) is removed, so that the images made from it are the same every time.
 */
async function debianBase(): Promise<string> {
  const base = join(cacheFolder(), 'debian-12-base.tar')
  if (existsSync(base)) return base
  await installPackages(['debootstrap'])
  say('building the Debian base tree (debootstrap, about a minute)')
  await shell(
    `root=$(mktemp -d); trap 'rm -rf "$root"' EXIT; chmod 755 "$root"
     mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Codename: bookworm' 'Component: main' | head -1)
     SOURCE_DATE_EPOCH=0 debootstrap --variant=minbase --include=cron,procps bookworm "$root" "$mirror" >/dev/null
     chroot "$root" apt-get clean
     rm -rf "$root"/var/lib/apt/lists/* "$root"/var/log/*.log "$root"/var/log/apt "$root"/var/cache/{apt,debconf,ldconfig}/* \
       "$root"/usr/share/{doc,man,locale}/* "$root"/dev/* "$root"/etc/{resolv.conf,hostname,.pwd.lock} "$root"/var/lib/dpkg/*-old
     rm -f "$root"/etc/{passwd,group,shadow,gshadow}- "$root"/var/cache/*/*-old
     : >"$root/etc/apt/sources.list"
     : >"$root/etc/machine-id"
     sed -i -E 's/^(([^:]*:){2})[0-9]+:/\\119000:/' "$root/etc/shadow"
     tar --sort=name --numeric-owner --mtime=@0 -C "$root" -cf "$1" .`,
    [`${base}.new`],
  )
  await rename(`${base}.new`, base)
  return base
}

/** A Debian as a careful team would ship it: a service user, an sshd configuration, cron, and a server to run. */
export async function debianRoot(root: string, server: string): Promise<void> {
  await shell(
    `tar -C "$1" -xf "$3"; cd "$1"
     install -m 755 "$2" usr/local/bin/server
     echo 'app:x:1000:1000:Application:/srv/app:/usr/sbin/nologin' >>etc/passwd
     echo 'app:!:19000:0:99999:7:::' >>etc/shadow
     printf 'app:x:1000:\\ndeployers:x:1001:app\\n' >>etc/group
     install -d -m 755 srv/app etc/ssh etc/cron.d
     echo 'ok' >srv/app/index.html
     printf 'Port 22\\nPermitRootLogin no\\nPasswordAuthentication no\\nX11Forwarding no\\n' >etc/ssh/sshd_config
     chmod 600 etc/ssh/sshd_config
     echo '17 3 * * * app /usr/bin/true' >etc/cron.d/app
     ln -sfn /srv/app/index.html srv/current`,
    [root, server, await debianBase()],
  )
}

/** A Debian with something wrong wherever the default profile looks; every secret in it is made up here. */
export async function weakRoot(root: string, server: string): Promise<void> {
  await debianRoot(root, server)
  await shell(
    `cd "$1"
     sed -i 's/^root:[^:]*:/root::/; s/^app:[^:]*:/app::/' etc/shadow
     chmod 644 etc/shadow
     echo 'toor:x:0:0:second root:/root:/bin/bash' >>etc/passwd
     echo 'toor:*:19000:0:99999:7:::' >>etc/shadow
     sed -i 's/^PRETTY_NAME=.*/PRETTY_NAME="Debian GNU\\/Linux 9 (stretch)"/; s/^VERSION_ID=.*/VERSION_ID="9"/; s/^VERSION=.*/VERSION="9 (stretch)"/; s/^VERSION_CODENAME=.*/VERSION_CODENAME=stretch/' usr/lib/os-release
     echo 9.13 >etc/debian_version
     echo 'settings' >etc/app.conf; chmod 666 etc/app.conf
     chmod 777 usr/local/bin srv/app
     install -d -m 777 opt/shared
     install -m 4755 usr/local/bin/server usr/local/bin/backup
     install -m 2755 usr/local/bin/server opt/report
     install -d -m 755 root/.ssh root/.aws var/lib/apt/lists var/cache/apt/archives
     printf '%s\\n' '-----BEGIN RSA PRIVATE KEY-----' 'bm90IGEga2V5LCBvbmx5IGEgdGVzdA==' '-----END RSA PRIVATE KEY-----' >root/.ssh/id_rsa
     chmod 644 root/.ssh/id_rsa; cp root/.ssh/id_rsa srv/app/server.key
     printf '[default]\\naws_access_key_id = AKIA%s\\naws_secret_access_key = %s\\n' IOSFODNN7EXAMPLE wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY >root/.aws/credentials
     printf 'DB_PASSWORD=hunter2\\n' >srv/app/.env
     echo 'Package: leftover' >var/lib/apt/lists/mirror_dists_stable_main_Packages
     head -c 4096 /dev/zero >var/cache/apt/archives/leftover_1.0_all.deb
     install -m 755 usr/local/bin/server usr/sbin/sshd
     printf 'Port 22\\nPermitRootLogin yes\\nPermitEmptyPasswords yes\\n' >etc/ssh/sshd_config
     install -m 755 usr/local/bin/server usr/bin/x86_64-linux-gnu-gcc-12; ln -s x86_64-linux-gnu-gcc-12 usr/bin/gcc
     cat >>var/lib/dpkg/status <<'EOF'

Package: openssh-server
Status: install ok installed
Priority: optional
Section: net
Installed-Size: 1000
Maintainer: test bed <nobody@localhost>
Architecture: amd64
Version: 1:7.4p1-10
Description: secure shell server (planted by the test bed)

Package: gcc
Status: install ok installed
Priority: optional
Section: devel
Installed-Size: 10
Maintainer: test bed <nobody@localhost>
Architecture: amd64
Version: 4:6.3.0-4
Description: compiler (planted by the test bed)
EOF
     printf '/usr/sbin/sshd\\n' >var/lib/dpkg/info/openssh-server.list
     printf '/usr/bin/gcc\\n' >var/lib/dpkg/info/gcc.list
     touch etc/orphan; chown 4242:4242 etc/orphan`,
    [root],
  )
}
