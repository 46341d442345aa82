# frozen_string_literal: true

require_relative "../helper"

# Train's file API over a root.
class TargetFileTest < TransportTest
  def setup
    super
    @root = image do
      file("srv/app.conf", "key = value\n", mode: 0o640, uid: 1000, gid: 1001)
      file("srv/unknown", "", uid: 4242, gid: 4242)
      link("srv/link", "/srv/app.conf")
      link("srv/relative", "app.conf")
      link("srv/broken", "/srv/none")
      folder("srv/private", mode: 0o700)
      file("srv/private/key", "secret\n", mode: 0o600)
      file("srv/closed", "secret\n", mode: 0o600)
    end
    File.mkfifo("#{@root}/srv/pipe")
    system("mknod", "#{@root}/srv/device", "c", "1", "5", exception: true)
    @connection = connect(@root)
  end

  def file(path)
    @connection.file(path)
  end

  def test_a_regular_file
    conf = file("/srv/app.conf")
    assert(conf.exist? && conf.file?)
    refute(conf.directory? || conf.symlink? || conf.pipe? || conf.socket? || conf.block_device? || conf.character_device?)
    assert_equal([:file, 0o640, 12, "key = value\n"], [conf.type, conf.mode, conf.size, conf.content])
    assert_equal(["app", "team", 1000, 1001], [conf.owner, conf.group, conf.uid, conf.gid])
    assert_equal([Digest::MD5.hexdigest(conf.content), Digest::SHA256.hexdigest(conf.content)], [conf.md5sum, conf.sha256sum])
    assert_in_delta(Time.now.to_i, conf.mtime, 60)
    assert_equal("app.conf", conf.basename)
  end

  def test_owners_are_named_by_the_target
    assert_equal([nil, nil, 4242], [file("/srv/unknown").owner, file("/srv/unknown").group, file("/srv/unknown").uid])
  end

  def test_links
    %w[/srv/link /srv/relative].each do |path|
      link = file(path)
      assert(link.symlink? && link.file? && link.exist?)
      assert_equal([:symlink, "/srv/app.conf", "key = value\n"], [link.type, link.link_path, link.content])
      assert(link.linked_to?("/srv/app.conf"))
    end
    assert_equal("app.conf", file("/srv/relative").shallow_link_path)
    broken = file("/srv/broken")
    assert_equal([true, false, nil], [broken.symlink?, broken.exist?, broken.content])
  end

  def test_what_is_not_there
    none = file("/srv/none")
    assert_equal([false, false, nil, nil, nil, nil], [none.exist?, none.file?, none.content, none.mode, none.owner, none.mtime])
  end

  def test_the_empty_path_names_nothing
    ["", nil].each do |path|
      empty = file(path)
      refute(empty.exist? || empty.file? || empty.directory? || empty.symlink?)
      assert_equal([nil] * 9, [empty.content, empty.mode, empty.owner, empty.group, empty.uid, empty.gid, empty.mtime, empty.md5sum, empty.link_path])
      assert_equal({}, empty.stat)
      assert_raises(Errno::ENOENT) { empty.size }
      refute(empty.mounted.exit_status.zero?) if path
    rescue SidecarScan::Unavailable => e
      assert_match(/mounts/, e.message)
    end
  end

  def test_special_files_are_told_and_not_read
    assert(file("/srv/pipe").pipe?)
    assert(file("/srv/device").character_device?)
    Timeout.timeout(5) { %w[pipe device].each { |name| assert_unavailable(/is not read/) { file("/srv/#{name}").content } } }
  end

  def test_refused_is_not_absent
    folder = @root
    answers = as_nobody do
      nobody = connect(folder)
      %i[exist? content mode owner].map do |question|
        nobody.file("/srv/private/key").public_send(question)
      rescue StandardError => e
        e.message
      end << (nobody.file("/srv/closed").content rescue $!.message) << nobody.file("/srv/closed").mode
    end
    answers[0..4].each { |answer| assert_match(/\ANot available through the proc transport: .*EACCES/, answer.to_s) }
    assert_equal(0o600, answers[5])
  end

  def test_it_is_read_only
    assert_raises(Train::TransportError) { file("/srv/app.conf").content = "x" }
    assert_raises(Train::TransportError) { @connection.upload("a", "b") }
  end
end
