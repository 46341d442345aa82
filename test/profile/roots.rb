# frozen_string_literal: true

require "digest"
require "openssl"
require_relative "root_folder"

# The images the profile is tried on: one clean and one careless of each family, and the small ones.
module Roots
  PASSWD = "root:x:0:0:root:/root:/bin/sh\ndaemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin\napp:x:1000:1000::/home/app:/usr/sbin/nologin\n"
  GROUP = "root:x:0:\ndaemon:x:1:\nshadow:x:42:\napp:x:1000:app\n"
  SHADOW = "root:*:19000:0:99999:7:::\ndaemon:!:19000::::::\napp:!*:19000::::::\n"
  # Assembled here so that no file of this repository looks like a key.
  PRIVATE_KEY = "-----BEGIN #{"RSA PRIV"}ATE KEY-----\nMIIEpAIBAAKCAQEA1234567890abcdefghij\n-----END RSA PRIVATE KEY-----\n"
  ACCESS_KEY = "AKIA#{"ABCDEFGHIJ234567"}"
  PASSWORD = "hunter2-#{"swordfish"}"

  module_function

  def make_all(parent)
    %w[debian debian_bad alpine alpine_bad rpm rpm_bad distroless scratch closed].to_h do |name|
      [name, public_send(name, parent)]
    end
  end

  def certificate(not_after: Time.now + 86_400)
    @key ||= OpenSSL::PKey::EC.generate("prime256v1")
    cert = OpenSSL::X509::Certificate.new
    cert.subject = cert.issuer = OpenSSL::X509::Name.parse("/CN=Root CA")
    cert.serial = 1
    cert.not_before = Time.at(0)
    cert.not_after = not_after
    cert.public_key = @key
    cert.sign(@key, "SHA256").to_pem
  end

  def accounts(root)
    root.file "etc/passwd", PASSWD
    root.file "etc/group", GROUP
    root.file "etc/shadow", SHADOW, mode: 0o640, gid: 42
    root.folder "root", mode: 0o700
    root.folder "home/app", uid: 1000, gid: 1000
    root.folder "tmp", mode: 0o1777
    root.folder "var/tmp", mode: 0o1777
  end

  def debian(parent)
    RootFolder.make(parent, "debian") do
      Roots.accounts(self)
      file "usr/lib/os-release", "ID=debian\nVERSION_ID=\"12\"\n"
      link "etc/os-release", "../usr/lib/os-release"
      program "usr/bin/dash"
      link "usr/bin/sh", "dash"
      link "bin", "usr/bin"
      program "usr/bin/apt"
      program "usr/bin/passwd"
      own "usr/bin/passwd", 0o4755, 0, 0
      file "usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2"
      file "etc/ld.so.conf", "include /etc/ld.so.conf.d/*.conf\n"
      file "etc/ld.so.conf.d/libc.conf", "/usr/local/lib\n"
      folder "usr/local/lib"
      file "etc/nsswitch.conf", "passwd: files\ngroup: files\nhosts: files dns\n"
      file "etc/hosts", "127.0.0.1 localhost\n::1 localhost ip6-localhost\n"
      file "etc/ssl/certs/ca-certificates.crt", Roots.certificate
      file "etc/apt/sources.list", "deb [signed-by=/usr/share/keyrings/d.gpg] https://mirror.example bookworm main\n"
      file "var/lib/dpkg/status", "Package: dash\nStatus: install ok installed\nVersion: 1\nArchitecture: amd64\n\nPackage: apt\nStatus: install ok installed\nVersion: 2\nArchitecture: amd64\n"
      file "var/lib/dpkg/info/dash.md5sums", "#{Digest::MD5.hexdigest("\x7FELF program")}  bin/dash\n"
      file "var/lib/apt/lists/lock", ""
      file "etc/cron.daily/dpkg", "#!/bin/sh\n"
      program "srv/app/server.py"
      file "etc/example.conf", "# AKIAIOSFODNN7EXAMPLE\n# -----BEGIN PRIVATE KEY----- goes here\n"
      file "srv/app/.env.example", "PASSWORD=change-me\n"
      file "root/.docker/config.json", "{\"auths\":{}}\n"
    end
  end

  def debian_bad(parent)
    RootFolder.make(parent, "debian_bad") do
      file "etc/passwd", "root:x:0:0:root:/root:/bin/sh\ntoor:x:0:0::/root:/bin/sh\nwww:x:33:33::/var/www:/bin/sh\n" \
                         "ghost:x:1001:7777::/home/ghost:/bin/sh\nbroken:x:1002\n", mode: 0o666
      file "etc/group", "root:x:0:\nstaff:x:50:nobody-here\ntwin:x:50:\n", gid: 50
      file "etc/shadow", "root::19000::::::\nghost:$6$salt$abcdefghijklmnopqrstuvwxyz:19000::::::\n", mode: 0o644
      folder "home/ghost", mode: 0o777, uid: 1001
      folder "root", mode: 0o755
      folder "tmp", mode: 0o777
      file "etc/os-release", "ID=debian\nVERSION_ID=\"9\"\n"
      %w[bin/sh usr/bin/apt usr/bin/gcc usr/bin/x86_64-linux-gnu-gcc-12 usr/bin/gdb usr/sbin/sshd usr/sbin/telnetd usr/bin/sudo usr/sbin/cron].each { |at| program at }
      file "etc/sudoers.d/app", "app ALL=(ALL) NOPASSWD: ALL\n", mode: 0o440
      program "opt/rootshell"
      own "opt/rootshell", 0o4755, 0, 0
      program "usr/bin/tool", uid: 1001
      program "usr/local/bin/backup"
      folder "usr/local/bin", mode: 0o777
      file "opt/app/main.py", "print()\n", mode: 0o664, uid: 1001, gid: 1001
      file "etc/app.conf", "x\n", mode: 0o666
      device "opt/disk"
      file "srv/server.key", PRIVATE_KEY
      file "srv/settings.ini", "key = #{ACCESS_KEY}\n"
      file "root/.netrc", "machine example login me password #{PASSWORD}\n", mode: 0o600
      file "srv/.env", "DB_PASSWORD=#{PASSWORD}\n"
      file "etc/ssh/ssh_host_rsa_key", "binary", mode: 0o600
      file "root/.bash_history", "ls\n"
      file "srv/.git/config", "[core]\n"
      file "var/lib/apt/lists/example_dists_Packages", "Package: x\n"
      file "etc/cron.d/job", "* * * * * root /opt/job\n"
      file "var/log/build.log", "log\n"
      file "srv/core.17", "\x7FELF\2\1\1".b.ljust(16, "\0") + [4, 62].pack("vv")
      file "srv/modules/core", "not a dump\n"
      file "etc/ssl/certs/ca-certificates.crt", "#{Roots.certificate(not_after: Time.at(86_400))}-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
      file "usr/local/share/ca-certificates/proxy.crt", Roots.certificate
      file "etc/ld.so.preload", "/opt/hook.so\n"
      file "etc/nsswitch.conf", "passwd: ldap files\n"
      file "etc/hosts", "10.0.0.1 localhost\n"
      file "var/lib/dpkg/status", "Package: half\nStatus: install ok half-configured\nVersion: 1\n"
      file "var/lib/dpkg/info/gcc.md5sums", "#{"0" * 32}  usr/bin/gcc\n"
      file "etc/apt/sources.list", "deb [trusted=yes] http://mirror.example stable main\n"
    end
  end

  def alpine(parent)
    RootFolder.make(parent, "alpine") do
      Roots.accounts(self)
      file "etc/os-release", "ID=alpine\nVERSION_ID=3.22.1\n"
      program "bin/busybox"
      link "bin/sh", "/bin/busybox"
      file "lib/ld-musl-x86_64.so.1"
      digest = [Digest::SHA1.digest("\x7FELF program")].pack("m0")
      file "lib/apk/db/installed", "C:Q1x=\nP:busybox\nV:1.37-r1\nA:x86_64\nF:bin\nR:busybox\na:0:0:755\nZ:Q1#{digest}\n\n"
      file "etc/apk/repositories", "https://mirror.example/v3.22/main\n"
      file "etc/apk/keys/alpine.rsa.pub", "-----BEGIN PUBLIC KEY-----\n"
    end
  end

  def alpine_bad(parent)
    RootFolder.make(parent, "alpine_bad") do
      Roots.accounts(self)
      file "etc/passwd", PASSWD.sub("root:x:", "root::")
      file "etc/os-release", "ID=alpine\nVERSION_ID=3.12.0\n"
      program "bin/busybox", "changed"
      file "lib/apk/db/installed", "P:busybox\nV:1.37-r1\nF:bin\nR:busybox\nZ:Q1#{[Digest::SHA1.digest("\x7FELF program")].pack("m0")}\n\nP:nameless\n\n"
      file "etc/apk/repositories", "https://mirror.example/v3.12/main\n"
      file "var/cache/apk/APKINDEX.1.tar.gz", "index"
      file "home/app/.npm/_cacache/index", "x"
      file "var/spool/cron/crontabs/root", "* * * * * x\n"
    end
  end

  def sqlite(pages, size)
    header = "SQLite format 3\0".b + [4096].pack("n") + ("\0".b * 10) + [pages].pack("N")
    header.ljust(size, "\0")
  end

  def rpm(parent)
    RootFolder.make(parent, "rpm") do
      Roots.accounts(self)
      own "etc/shadow", 0o000, 0, 0
      file "etc/os-release", "ID=\"rhel\"\nVERSION_ID=\"9.4\"\n"
      program "usr/bin/bash"
      program "usr/bin/microdnf"
      file "usr/lib64/ld-linux-x86-64.so.2"
      file "var/lib/rpm/rpmdb.sqlite", Roots.sqlite(2, 8192)
      file "etc/yum.repos.d/base.repo", "[base]\nbaseurl=https://mirror.example\ngpgcheck=1\n"
      file "etc/pki/tls/certs/ca-bundle.crt", Roots.certificate
    end
  end

  def rpm_bad(parent)
    RootFolder.make(parent, "rpm_bad") do
      Roots.accounts(self)
      file "etc/os-release", "ID=\"centos\"\nVERSION_ID=\"7\"\n"
      file "var/lib/rpm/rpmdb.sqlite", Roots.sqlite(9, 8192)
      file "etc/yum.repos.d/base.repo", "[base]\nbaseurl=http://mirror.example\ngpgcheck=0\n"
      file "var/cache/dnf/x.solv", "cache"
    end
  end

  def distroless(parent)
    RootFolder.make(parent, "distroless") do
      file "etc/passwd", "root:x:0:0:root:/root:/sbin/nologin\nnonroot:x:65532:65532:nonroot:/home/nonroot:/sbin/nologin\n"
      file "etc/group", "root:x:0:\nnonroot:x:65532:\n"
      folder "home/nonroot", mode: 0o700, uid: 65_532, gid: 65_532
      folder "tmp", mode: 0o1777
      file "usr/lib/os-release", "ID=debian\nVERSION_ID=\"99\"\n"
      link "etc/os-release", "../usr/lib/os-release"
      file "etc/nsswitch.conf", "hosts: files dns\n"
      file "var/lib/dpkg/status.d/base-files", "Package: base-files\nVersion: 12\nArchitecture: amd64\n"
      program "app/server"
    end
  end

  def scratch(parent)
    RootFolder.make(parent, "scratch") { program "server" }
  end

  # A folder the scanner may not enter, in an image that is clean as far as it can be seen.
  def closed(parent)
    RootFolder.make(parent, "closed") do
      Roots.accounts(self)
      file "etc/os-release", "ID=debian\nVERSION_ID=\"12\"\n"
      file "home/app/.env", "PASSWORD=#{PASSWORD}\n"
      own "home/app", 0o700, 1000, 1000
      own "etc/shadow", 0o000, 1000, 1000
      file "etc/app.conf", "x\n", mode: 0o666
      program "srv/app/server.py"
    end
  end
end
