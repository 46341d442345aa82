import { bed, installPackages, shell } from './shell.ts'

/**
 * A RHEL-9-like root: a SQLite rpm database made by rpm itself, holding packages built here. bash, the coreutils and rpm
 * are Debian's programs with their libraries, owned by packages of RHEL's names, so `rpm -q`, `rpm -V` and a shell work in it.
 */
export async function rpmRoot(root: string): Promise<void> {
  await installPackages(['rpm'])
  await shell(
    `work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
     stage=$work/stage; mkdir "$stage"
     with_libraries() { # with_libraries PROGRAM... : copies programs and what they load, links followed
       for program in "$@"; do
         target=$(realpath "$(type -P "$program")")
         { echo "$target"; ldd "$target" | grep -o '/[^ ]*'; } | while read -r file; do
           [ -e "$stage$file" ] || install -D -m 755 "$(realpath "$file")" "$stage$file"
         done
         [ -e "$stage/usr/bin/$(basename "$program")" ] || install -D -m 755 "$target" "$stage/usr/bin/$(basename "$program")"
       done
     }
     with_libraries bash cat chmod chown cp cut date df dirname basename echo env false head id ls mkdir mv od printf pwd \\
       readlink realpath rm sha256sum sleep sort stat tail test touch tr true uname wc whoami \\
       grep sed mawk find xargs getent rpm
     [ -e "$stage/usr/bin/awk" ] || ln -s mawk "$stage/usr/bin/awk"
     # the merged /usr of RHEL 9
     for d in bin sbin lib lib64; do
       mkdir -p "$stage/usr/$d"
       [ ! -d "$stage/$d" ] || { cp -a "$stage/$d/." "$stage/usr/$d/"; rm -r "$stage/\${d:?}"; }
       ln -s "usr/$d" "$stage/$d"
     done
     [ -e "$stage/usr/bin/sh" ] || ln -s bash "$stage/usr/bin/sh"
     mkdir -p "$stage/usr/lib/rpm" "$stage"/etc/{pki,yum.repos.d,sysconfig,profile.d} "$stage"/{run,home,opt,srv,proc,sys,dev} \\
       "$stage"/var/{cache/dnf,lib/rpm,log,tmp} "$stage/tmp"
     install -d -m 700 "$stage/root"; chmod 1777 "$stage/tmp" "$stage/var/tmp"
     cp /usr/lib/rpm/rpmrc "$stage/usr/lib/rpm/"
     sed -E 's#^(%_dbpath[[:space:]]+).*#\\1/var/lib/rpm#' /usr/lib/rpm/macros >"$stage/usr/lib/rpm/macros"
     cp -a "$2/src/rhel/." "$stage/"; chmod -R u=rwX,go=rX "$stage/etc"
     ln -s ../usr/lib/os-release "$stage/etc/os-release"
     ln -s redhat-release "$stage/etc/system-release"
     chmod 000 "$stage/etc/shadow"
     export SOURCE_DATE_EPOCH=1700000000 HOME=$work
     rpmbuild --quiet -bb --define "_topdir $work/build" --define "stage $stage" --define '_buildhost localhost' \\
       --define 'clamp_mtime_to_source_date_epoch 1' --define 'use_source_date_epoch_as_buildtime 1' \\
       --define '_build_id_links none' --define '__os_install_post %{nil}' --define 'debug_package %{nil}' \\
       --target x86_64-redhat-linux "$2/src/rhel.spec"
     find "$work/build/RPMS" -name '*.rpm' | sort >"$work/packages"
     rpm --root "$1" --dbpath /var/lib/rpm --initdb
     xargs rpm --root "$1" --dbpath /var/lib/rpm --nodeps --noscripts --ignorearch --ignoreos -i <"$work/packages"
     rm -f "$1"/var/lib/rpm/{.rpm.lock,rpmdb.sqlite-shm,rpmdb.sqlite-wal}`,
    [root, bed],
  )
}
