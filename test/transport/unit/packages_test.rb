# frozen_string_literal: true

require_relative "../helper"

# Package queries from the databases: an answer, or "cannot say"; never "not installed" for want of a database.
class PackagesTest < TransportTest
  STATUS = <<~TEXT
    Package: bash
    Status: install ok installed
    Architecture: amd64
    Version: 5.2.15-2

    Package: gone
    Status: deinstall ok config-files
    Architecture: amd64
    Version: 1.0
  TEXT
  INSTALLED = "P:musl\nV:1.2.5-r0\nA:x86_64\n\nP:busybox\nV:1.36.1-r2\nA:x86_64\n\n"

  def ask(root, command)
    connect(root).run_command(command)
  end

  def test_dpkg
    root = image { file("var/lib/dpkg/status", STATUS) }
    assert_match(/^Version: 5.2.15-2$/, ask(root, "dpkg -s bash").stdout)
    assert_equal(1, ask(root, "dpkg -s none").exit_status)
    assert_match(/deinstall ok config-files/, ask(root, "dpkg -s gone").stdout)
    assert_equal("ii  bash\t5.2.15-2\trc  gone\t1.0\t".split("\t").first(2), ask(root, "dpkg-query -W -f='${db:Status-Abbrev} ${Package}\\t${Version}\\t'").stdout.split("\t").first(2))
  end

  def test_distroless
    root = image { file("var/lib/dpkg/status.d/base", "Package: base-files\nVersion: 12.4\nArchitecture: amd64\n") }
    assert_match(/^Version: 12.4$/, ask(root, "dpkg -s base-files").stdout)
    assert_equal(1, ask(root, "dpkg -s none").exit_status)
  end

  def test_apk
    root = image { file("lib/apk/db/installed", INSTALLED) }
    assert_match(/musl-1.2.5-r0/, ask(root, "apk info -vv --no-network").stdout) if ask(root, "apk info -vv --no-network").exit_status.zero?
    assert_equal(0, ask(root, "apk info -e musl").exit_status)
    refute_equal(0, ask(root, "apk info -e none").exit_status)
  rescue SidecarScan::Unavailable
    flunk "apk info -e is answered from the database"
  end

  def test_rpm_of_a_real_database
    skip "rpm is not installed" unless system("which rpmdb >/dev/null 2>&1")

    root = image { folder("var/lib/rpm") }
    assert(system("rpmdb", "--root", root, "--define", "_dbpath /var/lib/rpm", "--define", "_db_backend sqlite", "--initdb", err: File::NULL))
    # an empty database proves nothing
    assert_unavailable { ask(root, "rpm -q bash") }
    assert_unavailable { ask(root, "rpm -qa") }
  end

  def test_without_a_database_nobody_can_say
    ["dpkg -s bash", "rpm -q bash", "apk info -e musl"].each { |command| assert_unavailable { ask(image(command[/\w+/]), command) } }
  end

  def test_an_empty_database_proves_nothing
    root = image do
      file("var/lib/dpkg/status", "")
      file("lib/apk/db/installed", "")
      file("var/lib/rpm/rpmdb.sqlite", "")
    end
    ["dpkg -s bash", "dpkg-query -W", "rpm -q bash", "apk info -e musl"].each { |command| assert_unavailable { ask(root, command) } }
  end

  def test_a_damaged_database_proves_nothing
    root = image { file("var/lib/rpm/rpmdb.sqlite", "SQLite format 3\0#{"\xff".b * 4000}") }
    assert_unavailable { ask(root, "rpm -q bash") }
  end

  def test_a_refused_database_proves_nothing
    root = image { file("var/lib/dpkg/status", STATUS, mode: 0o600) }
    name, message = as_nobody { ask(root, "dpkg -s bash").exit_status }
    assert_equal("SidecarScan::Unavailable", name)
    assert_match(/Not available through the proc transport: .*(Permission denied|EACCES)/, message)
  end
end
