//! The commit of the git checkout in which a file lies, read from git's own files: no git is needed, and none is started.

use std::fs;
use std::path::{Path, PathBuf};

/// Files of git that hold one line, and lists of references: what is larger is something else.
const MOST: u64 = 16 << 20;

/// The commit that is checked out where this file lies, as 40 or 64 digits; `None` when it is in no checkout, when nothing was
/// committed yet, or when git keeps it in a way that is not known here.
pub fn commit_of(path: &Path) -> Option<String> {
    let path = fs::canonicalize(path).ok()?;
    let git = path.ancestors().skip(1).find_map(git_folder)?;
    let head = text(&git.join("HEAD"))?;
    // A worktree has a HEAD of its own, and shares the references.
    let common = text(&git.join("commondir")).map_or_else(|| git.clone(), |other| git.join(other.trim()));
    let Some(name) = head.trim().strip_prefix("ref:").map(str::trim) else { return commit(&head) };
    // The name is joined to a folder.
    if name.split('/').any(|part| matches!(part, "" | "." | "..")) {
        return None;
    }
    let loose = [&git, &common].into_iter().find_map(|folder| commit(&text(&folder.join(name))?));
    loose.or_else(|| packed(&text(&common.join("packed-refs"))?, name))
}

/// The folder of git's files, when this is the top of a checkout.
fn git_folder(top: &Path) -> Option<PathBuf> {
    let git = top.join(".git");
    if git.is_dir() {
        return Some(git);
    }
    // Of a worktree or a submodule it is a file that names the folder.
    text(&git)?.trim().strip_prefix("gitdir:").map(|folder| top.join(folder.trim()))
}

fn packed(list: &str, name: &str) -> Option<String> {
    let line = list.lines().find(|line| line.split_once(' ').is_some_and(|(_, found)| found.trim() == name))?;
    commit(line.split(' ').next()?)
}

fn commit(text: &str) -> Option<String> {
    let text = text.trim();
    let is_one = matches!(text.len(), 40 | 64) && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_one.then(|| text.to_owned())
}

fn text(file: &Path) -> Option<String> {
    let metadata = fs::metadata(file).ok()?;
    (metadata.is_file() && metadata.len() <= MOST).then(|| fs::read_to_string(file).ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: &str = "1111111111111111111111111111111111111111";
    const B: &str = "2222222222222222222222222222222222222222";

    fn put(file: &Path, text: &str) {
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, text).unwrap();
    }

    #[test]
    fn the_commit_of_a_checkout_is_that_of_its_branch_loose_or_packed_or_a_detached_one() {
        let folder = tempfile::tempdir().unwrap();
        let (git, script) = (folder.path().join("repo/.git"), folder.path().join("repo/jobs/a.py"));
        put(&script, "print(1)");
        assert_eq!(commit_of(&script), None, "no checkout");
        put(&git.join("HEAD"), "ref: refs/heads/main\n");
        assert_eq!(commit_of(&script), None, "nothing is committed");
        put(
            &git.join("packed-refs"),
            &format!("# pack-refs with: peeled\n{B} refs/heads/maint\n{A} refs/heads/main\n^{B}\n"),
        );
        assert_eq!(commit_of(&script).as_deref(), Some(A));
        put(&git.join("refs/heads/main"), &format!("{B}\n"));
        assert_eq!(commit_of(&script).as_deref(), Some(B), "the loose one is newer");
        put(&git.join("HEAD"), A);
        assert_eq!(commit_of(&script).as_deref(), Some(A));
        put(&git.join("HEAD"), "ref: ../../outside\n");
        put(&folder.path().join("outside"), A);
        assert_eq!(commit_of(&script), None);
    }

    #[test]
    fn a_worktree_has_a_head_of_its_own_and_shares_the_branches() {
        let folder = tempfile::tempdir().unwrap();
        let (git, tree) = (folder.path().join("repo/.git"), folder.path().join("tree"));
        put(&tree.join("a.py"), "");
        put(&tree.join(".git"), &format!("gitdir: {}\n", git.join("worktrees/tree").display()));
        put(&git.join("HEAD"), "ref: refs/heads/main\n");
        put(&git.join("refs/heads/main"), A);
        put(&git.join("refs/heads/topic"), B);
        put(&git.join("worktrees/tree/HEAD"), "ref: refs/heads/topic\n");
        put(&git.join("worktrees/tree/commondir"), "../..\n");
        assert_eq!(commit_of(&tree.join("a.py")).as_deref(), Some(B));
        // The script may be reached by a link from elsewhere.
        std::os::unix::fs::symlink(tree.join("a.py"), folder.path().join("link.py")).unwrap();
        assert_eq!(commit_of(&folder.path().join("link.py")).as_deref(), Some(B));
    }
}
