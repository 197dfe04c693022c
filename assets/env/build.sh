# Makes the environment of a script: run by /bin/sh with the requirements on standard input.
# $1 folder  $2 interpreter  $3 its version  $4 builder: bare, pip or uv  $5 uv  $6 packages named  $7 what writes the marker  $8 for it
set -eu
env=$1 python=$2 version=$3 builder=$4 uv=$5 count=$6 ready=$7 about=$8
step=0 steps=3
[ "$builder" = bare ] && steps=2

say() {
    step=$((step + 1))
    echo "[$step/$steps] $1"
}

# Nothing of an attempt that failed stays. One that is killed leaves a folder without a marker, which nobody takes for ready.
trap 'code=$?; [ $code -eq 0 ] || rm -rf "$env"; exit $code' EXIT
rm -rf "$env"
mkdir -p "$env"
cat > "$env/requirements.txt"

say "making the environment with Python $version ($python)"
case $builder in
bare) "$python" -I -m venv --without-pip "$env" ;;
pip) "$python" -I -m venv "$env" ;;
uv) "$uv" venv --quiet --no-project --allow-existing --python "$python" "$env" ;;
esac

case $builder in
pip)
    say "installing $count with pip"
    "$env/bin/python" -I -m pip install --disable-pip-version-check --no-input -r "$env/requirements.txt"
    ;;
uv)
    say "installing $count with uv"
    "$uv" pip install --python "$env/bin/python" -r "$env/requirements.txt"
    ;;
esac

say "noting what is in it"
"$env/bin/python" -I -c "$ready" "$env" "$about"
