import { installPackages, shell } from './shell.ts'

/** An Alpine-like root: busybox applets, Alpine's accounts, os-release and package database. */
export async function busyboxRoot(root: string): Promise<void> {
  await installPackages(['busybox-static'])
  await shell(
    `cd "$1"
     mkdir -p bin sbin usr/bin usr/sbin usr/local/bin usr/lib etc/apk home lib/apk/db proc sys dev run srv/www tmp var/lib var/log var/tmp var/cache/apk
     install -d -m 700 root
     chmod 1777 tmp var/tmp
     install -m 755 /bin/busybox bin/busybox
     busybox --list-full | while read -r applet; do
       case $applet in bin/busybox) continue ;; esac
       mkdir -p "$(dirname "$applet")"; ln -sf /bin/busybox "$applet"
     done
     printf 'NAME="Alpine Linux"\\nID=alpine\\nVERSION_ID=3.22.1\\nPRETTY_NAME="Alpine Linux v3.22"\\nHOME_URL="https://alpinelinux.org/"\\n' >usr/lib/os-release
     ln -s ../usr/lib/os-release etc/os-release
     echo 3.22.1 >etc/alpine-release
     printf '%s\\n' root:x:0:0:root:/root:/bin/sh bin:x:1:1:bin:/bin:/sbin/nologin daemon:x:2:2:daemon:/sbin:/sbin/nologin \
       'http:x:100:101:web server:/srv/www:/sbin/nologin' nobody:x:65534:65534:nobody:/:/sbin/nologin >etc/passwd
     printf '%s\\n' root:x:0:root bin:x:1: daemon:x:2: shadow:x:42: http:x:101: nobody:x:65534: >etc/group
     printf '%s\\n' 'root:*::0:::::' 'bin:!::0:::::' 'daemon:!::0:::::' 'http:!::0:::::' 'nobody:!::0:::::' >etc/shadow
     chgrp 42 etc/shadow; chmod 640 etc/shadow
     printf '/bin/sh\\n/bin/ash\\n' >etc/shells
     printf 'alpine-baselayout\\nbusybox\\nmusl\\n' >etc/apk/world
     printf '/media/cdrom/apks\\n' >etc/apk/repositories
     echo ok >srv/www/index.html
     package() { # package NAME VERSION DESCRIPTION DEPENDENCIES FILE: one record of apk's database, format version 2
       printf 'C:Q1%s=\\nP:%s\\nV:%s\\nA:x86_64\\nS:1000\\nI:4096\\nT:%s\\nU:https://alpinelinux.org/\\nL:MIT\\no:%s\\nt:1700000000\\n' \
         "$(printf %s "$1" | openssl dgst -sha1 -binary | base64 | tr -d =)" "$1" "$2" "$3" "$1"
       [ -z "$4" ] || printf 'D:%s\\n' "$4"
       printf 'F:%s\\nR:%s\\na:0:0:755\\n\\n' "$(dirname "$5")" "$(basename "$5")"
     }
     { package alpine-baselayout 3.7.0-r0 'Alpine base dir structure and init scripts' '' etc/shells
       package musl 1.2.5-r10 'the musl c library (libc) implementation' '' lib/ld-musl-x86_64.so.1
       package busybox 1.37.0-r18 'Size optimized toolbox of many common UNIX utilities' so:libc.musl-x86_64.so.1 bin/busybox
       package ssl_client 1.37.0-r18 'EXternal ssl_client for busybox wget' so:libc.musl-x86_64.so.1 usr/bin/ssl_client
     } >lib/apk/db/installed`,
    [root],
  )
}

/** The busybox root with an application of its own user, and a folder that only root may read. */
export async function nonRootRoot(root: string, server: string): Promise<void> {
  await busyboxRoot(root)
  await shell(
    `cd "$1"
     echo 'app:x:10001:10001:Application:/app:/sbin/nologin' >>etc/passwd
     echo 'app:x:10001:' >>etc/group
     echo 'app:!::0:::::' >>etc/shadow
     install -d -m 750 -o 10001 -g 10001 app app/data
     install -m 755 "$2" app/server
     install -m 640 -o 10001 -g 10001 /dev/stdin app/data/state.json <<<'{"ok":true}'
     install -d -m 700 etc/private; install -m 600 /dev/stdin etc/private/token <<<'only root reads this'`,
    [root, server],
  )
}

/** One static program, accounts, and the distroless way of naming packages: a file each in `status.d`. */
export async function distrolessRoot(root: string, server: string): Promise<void> {
  await shell(
    `cd "$1"
     mkdir -p app etc home/nonroot proc sys dev run tmp usr/lib usr/share/doc var/lib/dpkg/status.d
     install -d -m 700 root; chown 65532:65532 home/nonroot; chmod 700 home/nonroot; chmod 1777 tmp
     install -m 755 "$2" app/server
     printf 'PRETTY_NAME="Distroless"\\nNAME="Debian GNU/Linux"\\nID="debian"\\nVERSION_ID="12"\\nVERSION="Debian GNU/Linux 12 (bookworm)"\\nHOME_URL="https://github.com/GoogleContainerTools/distroless"\\n' >usr/lib/os-release
     ln -s ../usr/lib/os-release etc/os-release
     echo 12.12 >etc/debian_version
     printf '%s\\n' root:x:0:0:root:/root:/sbin/nologin nobody:x:65534:65534:nobody:/nonexistent:/sbin/nologin nonroot:x:65532:65532:nonroot:/home/nonroot:/sbin/nologin >etc/passwd
     printf '%s\\n' root:x:0: nobody:x:65534: tty:x:5: staff:x:50: nonroot:x:65532: >etc/group
     echo 'hosts: files dns' >etc/nsswitch.conf
     record() { printf 'Package: %s\\nVersion: %s\\nArchitecture: %s\\nMaintainer: Debian <nobody@localhost>\\nDescription: %s\\n' "$@" >"var/lib/dpkg/status.d/$1"; }
     record base-files 12.4+deb12u12 amd64 'Debian base system miscellaneous files'
     record netbase 6.4 all 'Basic TCP/IP networking system'
     record tzdata 2025b-0+deb12u2 all 'time zone and daylight-saving time data'
     echo 'd41d8cd98f00b204e9800998ecf8427e  usr/share/doc' >var/lib/dpkg/status.d/netbase.md5sums`,
    [root, server],
  )
}

/** One static program and nothing else at all. */
export async function scratchRoot(root: string, server: string): Promise<void> {
  await shell('install -m 755 "$2" "$1/server"', [root, server])
}

/** The busybox root with an account that no audit lets pass, and a shell that attacks before it obeys. */
export async function hostileRoot(root: string, hostile: string): Promise<void> {
  await busyboxRoot(root)
  await shell(
    `cd "$1"; rm bin/sh; mv "$2" bin/hostile; ln bin/hostile bin/sh
     echo 'backdoor:x:0:0:backdoor:/:/bin/sh' >>etc/passwd`,
    [root, hostile],
  )
}

/** The busybox root with 320 MB in 40 large files and 4,000 small ones. */
export async function bigRoot(root: string): Promise<void> {
  await busyboxRoot(root)
  await shell(
    `cd "$1"; mkdir -p opt/data opt/many
     stream() { openssl enc -aes-128-ctr -K 00000000000000000000000000000001 -iv "$(printf %032x "$1")" -in /dev/zero 2>/dev/null || true; }
     for ((i = 0; i < 40; i++)); do head -c 8388608 < <(stream "$i") >"opt/data/$i.bin"; done
     for ((i = 0; i < 4000; i++)); do d=opt/many/$((i / 100)); [ -d "$d" ] || mkdir "$d"; echo "$i" >"$d/$i.txt"; done`,
    [root],
  )
}
