# frozen_string_literal: true

require_relative "../helper"

# Commands that stay on one file system, or search each that is mounted, in the command root of a mounted image.
class ApartTest < TransportTest
  BUSYBOX = %w[/bin/busybox /usr/bin/busybox].find { |path| File.exist?(path) }
  DF = "df --local -P"

  def setup
    super
    @root = image { nil }
    %w[bin tmp dev srv].each { |folder| FileUtils.mkdir_p("#{@root}/#{folder}") }
    FileUtils.cp(BUSYBOX, "#{@root}/bin/busybox")
    %w[sh find xargs awk sort df du cat].each { |name| FileUtils.ln_s("busybox", "#{@root}/bin/#{name}") }
    File.write("#{@root}/srv/open", "")
    File.chmod(0o666, "#{@root}/srv/open")
    system("mknod", "-m", "666", "#{@root}/dev/null", "c", "1", "3", exception: true)
    @commands = "#{@folder}/commands"
    FileUtils.mkdir_p(@commands)
    system("mount", "--bind", @root, @commands, exception: true)
    system("mount", "-t", "tmpfs", "tmpfs", "#{@commands}/tmp", exception: true)
  end

  def teardown
    system("umount", "-l", "#{@commands}/tmp", exception: true)
    system("umount", "-l", @commands, exception: true)
    super
  end

  def answer(command)
    @target ||= connect(@root, "SCAN_COMMAND_ROOT" => @commands, "SCAN_FACTS_WAIT" => "0.1")
    @target.run_command(command).stdout
  end

  ["find / -xdev -type f -perm -0002", "find / -mount -name evil 2>/dev/null", "sh -c 'find / -xdev -name evil'", "cat /etc/passwd | xargs find / -xdev", "du -sx /",
   "bash -c find\\ /\\ -xdev", "#{DF} | awk '{if (NR!=1) print $6}' | xargs -I '{}' find '{}' -xdev -type f"].each do |command|
    define_method("test_files_in_a_folder_mounted_apart_are_not_left_out_by_#{command.tr("^a-z", "_")}") do
      File.write("#{@root}/tmp/evil", "")
      assert_unavailable(/with files of the image is mounted apart|asks for the target's mounts/) { answer(command) }
    end
  end

  def test_without_files_there_nothing_is_left_out
    assert_equal("/srv/open\n", answer("find / -xdev -type f -perm -0002"))
  end

  [
    "#{DF} | awk '{if (NR!=1) print $6}' | xargs -I '{}' find '{}' -xdev -type f -perm -0002",
    "#{DF} | awk 'NR>1 { print $6 }' | xargs -I {} find {} -xdev -type f -perm -0002 2>/dev/null | sort",
    "df -lP | awk {'if (NR!=1) print $6'} | xargs -I '{}' find '{}' -xdev -type f -perm -0002"
  ].each_with_index do |command, index|
    define_method("test_what_is_mounted_is_the_root_where_it_is_only_searched_#{index}") { assert_equal("/srv/open\n", answer(command)) }
  end

  [DF, "#{DF} | awk '{print $6}'", "#{DF} | awk '{if (NR!=1) print $5}' | xargs -I '{}' find '{}' -xdev", "#{DF} | awk '{if (NR!=1) print $6}' | sort", "df -T | awk '{if (NR!=1) print $6}' | xargs find"].each do |command|
    define_method("test_what_is_mounted_is_otherwise_not_told_#{command.tr("^a-zA-Z", "_")}") { assert_unavailable(/mounts/) { answer(command) } }
  end
end
